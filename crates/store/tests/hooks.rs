//! The outbox of webhooks, alike on both databases.

mod common;

use std::path::Path;
use std::slice::from_ref;

use common::push;
use liftlock_hooks::incoming::{Change, Pushed};
use liftlock_hooks::outbox::{DeadLetter, Lane, Outbox, PAGE_MAX, Settled, Standing};
use liftlock_oci::Digest;
use liftlock_store::{DatabaseStore, OpenMode, SaidOfTag};
use liftlock_testkit::Postgres;
use tempfile::{TempDir, tempdir};

/// A new state in each kind of database.
async fn states() -> (TempDir, [DatabaseStore; 2]) {
    let dir = tempdir().expect("a folder");
    let file = dir.path().join("state.db");
    let address = Postgres::shared().database().parse().expect("an address");
    let beside = Path::new("unused");
    let states = [
        DatabaseStore::open(&file, OpenMode::Create).await,
        DatabaseStore::open_address(&address, beside, OpenMode::Create).await,
    ];
    (dir, states.map(|state| state.expect("opened")))
}

fn lane(pipeline: &str, seq: u64, n: u64, due_us: i64) -> Lane {
    Lane {
        pipeline: pipeline.to_owned(),
        seq,
        n,
        tries: 0,
        since_us: None,
        due_us,
        reason: None,
    }
}

fn letter(seq: u64, again: bool) -> DeadLetter {
    DeadLetter {
        endpoint: "chat".to_owned(),
        pipeline: "a".to_owned(),
        seq,
        n: seq + 1,
        tries: 3,
        at_us: 7,
        reason: "status 422: \"no\"".to_owned(),
        again,
    }
}

#[tokio::test]
async fn the_ledger_is_read_in_pages() {
    let (_dir, states) = states().await;
    for store in states {
        for i in 0..3 {
            push(&store, "a", &format!("a{i}")).await;
            push(&store, "b", &format!("b{i}")).await;
        }
        assert_eq!(store.size().await.unwrap(), 6);
        let entries = Outbox::entries(&store, 4).await.unwrap();
        let said: Vec<_> = entries
            .iter()
            .map(|e| (e.seq, e.pipeline.as_str(), e.n))
            .collect();
        assert_eq!(said, [(4, "a", 3), (5, "b", 3)]);
        let stream = store.stream("a", 1).await.unwrap();
        let said: Vec<_> = stream
            .iter()
            .map(|e| (e.seq, e.n, e.bytes.as_slice()))
            .collect();
        assert_eq!(
            said,
            [(2, 2, b"\"a1\"".as_slice()), (4, 3, b"\"a2\"".as_slice())]
        );
        assert!(store.stream("c", 0).await.unwrap().is_empty());
        assert!(stream.len() < PAGE_MAX as usize);
    }
}

#[tokio::test]
async fn an_endpoint_moves_from_where_it_is_alone() {
    let (_dir, states) = states().await;
    for store in states {
        assert_eq!(store.begin("chat", 5).await.unwrap(), 5);
        assert_eq!(store.begin("chat", 9).await.unwrap(), 5);
        let (a, b) = (lane("a", 5, 1, 10), lane("b", 6, 1, 10));
        assert!(!store.route("chat", 4, 8, from_ref(&a)).await.unwrap());
        assert!(!store.route("other", 0, 8, from_ref(&a)).await.unwrap());
        assert!(store.due("chat", 100).await.unwrap().is_empty());
        assert!(
            store
                .route("chat", 5, 8, &[a.clone(), b.clone()])
                .await
                .unwrap()
        );
        assert!(!store.route("chat", 5, 8, from_ref(&a)).await.unwrap());
        assert_eq!(
            store.due("chat", 100).await.unwrap(),
            [a.clone(), b.clone()]
        );
        // A pipeline that has a lane keeps it.
        assert!(
            store
                .route("chat", 8, 9, &[lane("a", 8, 2, 0)])
                .await
                .unwrap()
        );
        assert_eq!(store.due("chat", 100).await.unwrap(), [a, b]);
        assert!(store.due("other", 100).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_lane_is_settled_where_it_is_alone() {
    let (_dir, states) = states().await;
    for store in states {
        store.begin("chat", 0).await.unwrap();
        let a = lane("a", 0, 1, 10);
        assert!(store.route("chat", 0, 8, from_ref(&a)).await.unwrap());
        let failed = Lane {
            tries: 1,
            since_us: Some(0),
            due_us: 500,
            reason: Some("status 503".to_owned()),
            ..a.clone()
        };
        let again = Settled::Again(failed.clone());
        assert!(store.settle("chat", &a, &again, None).await.unwrap());
        assert!(store.due("chat", 499).await.unwrap().is_empty());
        assert_eq!(store.next_due("chat", 499).await.unwrap(), Some(500));
        assert_eq!(store.next_due("chat", 500).await.unwrap(), None);
        assert_eq!(store.due("chat", 500).await.unwrap(), from_ref(&failed));

        let next = Settled::Next { seq: 3, n: 2 };
        let dead = letter(0, false);
        assert!(
            store
                .settle("chat", &failed, &next, Some(&dead))
                .await
                .unwrap()
        );
        // By another sender, whose lane is not there any more: neither it nor a letter.
        assert!(
            !store
                .settle("chat", &failed, &next, Some(&letter(1, false)))
                .await
                .unwrap()
        );
        assert_eq!(store.due("chat", 500).await.unwrap(), [lane("a", 3, 2, 0)]);

        let empty = |place| Settled::Empty { place };
        let last = lane("a", 3, 2, 0);
        assert!(!store.settle("chat", &last, &empty(7), None).await.unwrap());
        assert!(store.settle("chat", &last, &empty(8), None).await.unwrap());
        assert!(!store.settle("chat", &last, &empty(8), None).await.unwrap());
        assert!(store.due("chat", i64::MAX).await.unwrap().is_empty());
        assert_eq!(store.dead_letters("chat", None).await.unwrap(), [dead]);
        let standing = Standing {
            endpoint: "chat".to_owned(),
            place: 8,
            lanes: 0,
            dead: 1,
        };
        assert_eq!(store.standings().await.unwrap(), [standing]);
    }
}

#[tokio::test]
async fn dead_letters_are_sent_again_or_dropped() {
    let (_dir, states) = states().await;
    for store in states {
        store.begin("chat", 0).await.unwrap();
        let lanes: Vec<_> = (0..3)
            .map(|seq| lane(&format!("p{seq}"), seq, 1, 0))
            .collect();
        assert!(store.route("chat", 0, 3, &lanes).await.unwrap());
        for lane in &lanes {
            let (dead, empty) = (letter(lane.seq, false), Settled::Empty { place: 3 });
            assert!(
                store
                    .settle("chat", lane, &empty, Some(&dead))
                    .await
                    .unwrap()
            );
        }
        assert_eq!(store.dead_letters("chat", Some(0)).await.unwrap().len(), 2);
        assert!(store.again("chat").await.unwrap().is_empty());
        assert_eq!(store.resend("chat", Some(1)).await.unwrap(), 1);
        assert_eq!(store.resend("chat", Some(9)).await.unwrap(), 0);
        assert_eq!(store.again("chat").await.unwrap(), [letter(1, true)]);
        store
            .sent_again(&letter(1, true), Some("status 500"))
            .await
            .unwrap();
        let failed = store.dead_letters("chat", Some(0)).await.unwrap().remove(0);
        assert_eq!(
            (failed.again, failed.tries, failed.reason.as_str()),
            (false, 4, "status 500")
        );
        assert_eq!(store.resend("chat", None).await.unwrap(), 3);
        store.sent_again(&letter(1, true), None).await.unwrap();
        let again: Vec<_> = store
            .again("chat")
            .await
            .unwrap()
            .iter()
            .map(|l| l.seq)
            .collect();
        assert_eq!(again, [0, 2]);
        assert_eq!(store.drop_dead("chat", Some(2)).await.unwrap(), 1);
        assert_eq!(store.drop_dead("chat", None).await.unwrap(), 1);
        assert!(store.dead_letters("chat", None).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_last_word_of_a_registry_on_a_tag_is_kept() {
    let (_dir, states) = states().await;
    for store in states {
        let mut pushed = Pushed {
            repository: "registry.example.com/shop".parse().unwrap(),
            tag: Some("staging".parse().unwrap()),
            digest: Some(Digest::of(b"one")),
            change: Change::Pushed,
            by: Some("jane".to_owned()),
            at: None,
        };
        let tag = pushed.tag.clone().unwrap();
        assert_eq!(
            store.said_of_tag(&pushed.repository, &tag).await.unwrap(),
            None
        );
        store.keep_push(&pushed, 5).await.unwrap();
        let mut said = SaidOfTag {
            digest: pushed.digest,
            by: Some("jane".to_owned()),
            at_us: 5,
        };
        assert_eq!(
            store.said_of_tag(&pushed.repository, &tag).await.unwrap(),
            Some(said.clone())
        );
        pushed.change = Change::Deleted;
        pushed.by = None;
        store.keep_push(&pushed, 6).await.unwrap();
        (said.digest, said.by, said.at_us) = (None, None, 6);
        assert_eq!(
            store.said_of_tag(&pushed.repository, &tag).await.unwrap(),
            Some(said)
        );
    }
}
