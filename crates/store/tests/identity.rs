//! Records of who is asking: the same on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::path::Path;

use liftlock_identity::{
    FirstAdministrator, Identities, IdentityConfig, RECORD_BYTES_MAX, Record, RecordKind, Records,
    Time,
};
use liftlock_store::{DatabaseStore, OpenMode, StateAddress};
use liftlock_testkit::Postgres;
use proptest::prelude::*;
use tempfile::{TempDir, tempdir};

/// A new state on each database.
async fn states() -> (Vec<DatabaseStore>, TempDir) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("state.db");
    let address: StateAddress = Postgres::shared().database().parse().unwrap();
    let sqlite = DatabaseStore::open(&file, OpenMode::Create).await.unwrap();
    (
        vec![sqlite, postgres(&address, folder.path()).await],
        folder,
    )
}

async fn postgres(address: &StateAddress, folder: &Path) -> DatabaseStore {
    let beside = folder.join("postgres.db");
    DatabaseStore::open_address(address, &beside, OpenMode::Create)
        .await
        .unwrap()
}

fn at(seconds: i64) -> Time {
    Time::from_us((1_800_000_000 + seconds) * 1_000_000)
}

fn record(kind: RecordKind, key: &str, owner: &str, made: i64) -> Record {
    Record {
        kind,
        key: key.to_owned(),
        owner: owner.to_owned(),
        value: "{\"name\":\"é\"}".to_owned(),
        made: at(made),
        expires: at(made + 100),
        used: None,
        ended: None,
    }
}

#[tokio::test]
async fn a_record_is_kept_as_it_is_and_once() {
    let (states, _folder) = states().await;
    for state in states {
        let first = record(RecordKind::Token, "k", "oidc:a", 0);
        assert!(state.insert(&first).await.unwrap());
        let other = record(RecordKind::Token, "k", "oidc:b", 5);
        assert!(!state.insert(&other).await.unwrap());
        assert_eq!(
            state.get(RecordKind::Token, "k").await.unwrap(),
            Some(first)
        );
        assert_eq!(state.get(RecordKind::Session, "k").await.unwrap(), None);
        let same = record(RecordKind::Session, "k", "oidc:a", 0);
        assert!(state.insert(&same).await.unwrap());
        let whole = Record {
            used: Some(at(3)),
            ended: Some(at(4)),
            expires: Time::from_us(i64::MAX),
            ..record(RecordKind::Token, "whole", "x", 0)
        };
        assert!(state.insert(&whole).await.unwrap());
        assert_eq!(
            state.get(RecordKind::Token, "whole").await.unwrap(),
            Some(whole)
        );
        let long = "x".repeat(RECORD_BYTES_MAX + 1);
        let long = Record {
            value: long,
            ..record(RecordKind::Token, "long", "x", 0)
        };
        assert!(state.insert(&long).await.is_err());
    }
}

#[tokio::test]
async fn a_record_ends_once_and_its_use_goes_only_forward() {
    let (states, _folder) = states().await;
    for state in states {
        let kind = RecordKind::Session;
        state.insert(&record(kind, "k", "o", 0)).await.unwrap();
        for (now, used) in [(5, 5), (3, 5), (9, 9)] {
            state.touch(kind, "k", at(now)).await.unwrap();
            let kept = state.get(kind, "k").await.unwrap().unwrap();
            assert_eq!(kept.used, Some(at(used)));
        }
        assert!(state.end(kind, "k", at(10)).await.unwrap());
        assert!(!state.end(kind, "k", at(11)).await.unwrap());
        assert!(!state.end(kind, "absent", at(11)).await.unwrap());
        assert_eq!(
            state.get(kind, "k").await.unwrap().unwrap().ended,
            Some(at(10))
        );
    }
}

#[tokio::test]
async fn lists_counts_and_forgets() {
    let (states, _folder) = states().await;
    for state in states {
        let kind = RecordKind::Session;
        for (key, owner, made) in [("b", "x", 2), ("a", "x", 3), ("c", "y", 1), ("Z", "x", 1)] {
            state.insert(&record(kind, key, owner, made)).await.unwrap();
        }
        state
            .insert(&record(RecordKind::Token, "t", "x", 0))
            .await
            .unwrap();
        let keys = |records: Vec<Record>| -> Vec<String> {
            records.into_iter().map(|record| record.key).collect()
        };
        assert_eq!(
            keys(state.page(kind, "", 3).await.unwrap()),
            ["Z", "a", "b"]
        );
        assert_eq!(keys(state.page(kind, "b", 3).await.unwrap()), ["c"]);
        assert_eq!(keys(state.owned(kind, "x").await.unwrap()), ["Z", "b", "a"]);
        state.end(kind, "b", at(4)).await.unwrap();
        assert_eq!(keys(state.owned(kind, "x").await.unwrap()), ["Z", "a"]);
        assert_eq!(state.count(kind, at(100)).await.unwrap(), 3);
        assert_eq!(state.count(kind, at(101)).await.unwrap(), 1);
        assert_eq!(state.prune(kind, at(102)).await.unwrap(), 2);
        assert_eq!(keys(state.page(kind, "", 10).await.unwrap()), ["a", "b"]);
        assert_eq!(
            keys(state.page(RecordKind::Token, "", 10).await.unwrap()),
            ["t"]
        );
    }
}

/// Two replicas, or two requests of one: the first is the only one.
#[tokio::test]
async fn of_many_at_once_one_is_the_first() {
    let (states, _folder) = states().await;
    for state in states {
        let tasks = (0..16).map(|n| {
            let state = state.clone();
            tokio::spawn(async move {
                let used = record(RecordKind::UsedToken, "jti", &n.to_string(), 0);
                let inserted = state.insert(&used).await.unwrap();
                let ended = state
                    .end(RecordKind::UsedToken, "jti", at(n))
                    .await
                    .unwrap();
                (inserted, ended)
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let (mut inserted, mut ended) = (0, 0);
        for task in tasks {
            let (was_inserted, was_ended) = task.await.unwrap();
            inserted += usize::from(was_inserted);
            ended += usize::from(was_ended);
        }
        assert_eq!((inserted, ended), (1, 1));
    }
}

#[tokio::test]
async fn who_is_asking_is_known_after_a_restart() {
    let folder = tempdir().unwrap();
    let address: StateAddress = Postgres::shared().database().parse().unwrap();
    let file = StateAddress::File(folder.path().join("state.db"));
    for address in [file, address] {
        let open = || async { postgres(&address, folder.path()).await };
        let on = |store| {
            let config = IdentityConfig::default();
            Identities::new(config, "https://liftlock.example.com", store).unwrap()
        };
        let first = on(open().await);
        let setup = first.setup_token(at(0)).await.unwrap().unwrap();
        let root = FirstAdministrator::Token("root".parse().unwrap());
        let done = first
            .redeem_setup(setup.expose(), root, at(1))
            .await
            .unwrap();
        let secret = done.token.unwrap().secret;
        drop(first);
        let second = on(open().await);
        let mut headers = reqwest::header::HeaderMap::new();
        let bearer = format!("Bearer {}", secret.expose());
        headers.insert("authorization", bearer.parse().unwrap());
        let method = reqwest::Method::GET;
        let caller = second.authenticate(&headers, &method, at(2)).await.unwrap();
        assert_eq!(caller.actor.to_string(), "token:root");
        assert!(caller.administrator);
        assert!(second.setup_token(at(3)).await.unwrap().is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a key and a value are, both databases give them back, and find nothing else.
    #[test]
    fn texts_come_back_as_they_were(
        keys in proptest::collection::btree_set("[ -~]{1,300}", 1..5),
        value in "[^\u{0}]{0,50}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempdir().unwrap();
            let file = folder.path().join("state.db");
            let state = DatabaseStore::open(&file, OpenMode::Create).await.unwrap();
            for key in &keys {
                let kept = Record { value: value.clone(), ..record(RecordKind::Token, key, key, 0) };
                assert!(state.insert(&kept).await.unwrap());
                assert_eq!(state.owned(RecordKind::Token, key).await.unwrap(), [kept]);
            }
            let page = state.page(RecordKind::Token, "", 10).await.unwrap();
            assert!(page.iter().map(|record| &record.key).eq(&keys));
        });
    }
}
