//! A state moved from one database to another, whole or not at all.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use common::{Place, entry, on_both, push};
use liftlock_engine::ports::{KeptProof, Observation, Store};
use liftlock_ledger::SigningKey;
use liftlock_oci::Digest;
use liftlock_store::{DatabaseStore, OpenMode, TransferError};

const ENTRIES: u64 = 700;

/// A state with something of everything.
async fn full(place: &Place) -> DatabaseStore {
    let store = place.create().await;
    for n in 0..7 {
        let stream = ["api", "shop/web"][n as usize % 2];
        let entries: Vec<_> = (0..100).map(|i| entry(&format!("{n} {i}"))).collect();
        let version = store.load(stream, 0).await.unwrap().len() as u64;
        store.append(stream, version, &entries, None).await.unwrap();
    }
    for text in ["", "a report", "another"] {
        store.put_blob(text.as_bytes()).await.unwrap();
    }
    let seen = |check: &str, at_us| Observation {
        environment: "staging".to_owned(),
        promotion: "P-1".to_owned(),
        check: check.to_owned(),
        at_us,
        passed: true,
        summary: "200, with a NUL \0 and é".to_owned(),
    };
    let seen = [seen("health", 1), seen("load", 2), seen("health", 3)];
    store.put_observations("api", &seen, 7, None).await.unwrap();
    for promotion in ["p2", "p1"] {
        let proof = KeptProof {
            promotion: promotion.to_owned(),
            environment: "staging".to_owned(),
            committed: b"committed".to_vec(),
            ended: b"ended".to_vec(),
            settled: promotion == "p1",
        };
        store.keep_proof("api", proof).await.unwrap();
    }
    drop(store.acquire("api/staging").await.unwrap().unwrap());
    store
}

async fn same(one: &DatabaseStore, two: &DatabaseStore) {
    assert_eq!(one.verify().await.unwrap(), two.verify().await.unwrap());
    assert_eq!(one.streams().await.unwrap(), two.streams().await.unwrap());
    for stream in one.streams().await.unwrap() {
        let entries = one.load(&stream, 0).await.unwrap();
        assert_eq!(entries, two.load(&stream, 0).await.unwrap());
    }
    for text in ["", "a report", "another"] {
        let digest = Digest::of(text.as_bytes());
        assert_eq!(two.blob(&digest).await.unwrap().unwrap(), text.as_bytes());
    }
    let seen = one.observations("api", "staging", 1).await.unwrap();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen, two.observations("api", "staging", 1).await.unwrap());
    for promotion in ["p1", "p2"] {
        let proof = one.kept_proof("api", promotion).await.unwrap();
        assert!(proof.is_some());
        assert_eq!(proof, two.kept_proof("api", promotion).await.unwrap());
    }
    let key = SigningKey::unnamed(&[9; 32]).unwrap();
    let (a, b) = (one.prove(300, &key).await, two.prove(300, &key).await);
    assert_eq!(a.unwrap(), b.unwrap());
}

async fn a_state_is_the_same_there_and_back(place: Place) {
    let from = full(&place).await;
    let other = match place.is_postgres() {
        true => Place::sqlite(),
        false => Place::postgres(),
    };
    let there = other.create().await;
    let moved = from.transfer(&there).await.unwrap();
    assert_eq!(
        (moved.entries, moved.root),
        (ENTRIES, from.verify().await.unwrap().root)
    );
    assert_eq!((moved.blobs, moved.proofs, moved.observations), (3, 2, 3));
    same(&from, &there).await;
    let third = place.another();
    let back = third.create().await;
    assert_eq!(there.transfer(&back).await.unwrap(), moved);
    same(&from, &back).await;
    // It goes on as any other, and whoever held a lease before is fenced off.
    push(&back, "api", "more").await;
    assert_eq!(back.verify().await.unwrap().size, ENTRIES + 1);
    let (_lease, fence) = back.acquire("api/staging").await.unwrap().unwrap();
    assert_eq!(fence.epoch, 2);
}

async fn nothing_is_moved_into_a_state_that_holds_something(place: Place) {
    let source = Place::sqlite();
    let from = full(&source).await;
    let to = place.create().await;
    assert!(to.is_empty().await.unwrap());
    to.put_blob(b"something").await.unwrap();
    assert!(!to.is_empty().await.unwrap());
    let refused = from.transfer(&to).await.unwrap_err();
    assert!(
        matches!(refused, TransferError::NotEmpty { .. }),
        "{refused:?}"
    );
    let reader = place.open(OpenMode::ReadOnly).await;
    assert!(matches!(
        from.transfer(&reader).await,
        Err(TransferError::Store(_))
    ));
    assert_eq!(to.ledger_head().await.unwrap().size, 0);
}

async fn what_was_changed_is_not_moved_and_leaves_nothing(place: Place) {
    for change in [
        "UPDATE events SET entry = CAST('\"other\"' AS BLOB) WHERE seq = 650",
        "UPDATE events SET leaf = zeroblob(32) WHERE seq = 3",
        "DELETE FROM events WHERE seq = 699",
        "DELETE FROM events WHERE seq = 5",
        "UPDATE events SET version = 1000 WHERE seq = 699",
        "UPDATE blobs SET bytes = CAST('x' AS BLOB) WHERE bytes = CAST('another' AS BLOB)",
    ] {
        let from = place.another();
        full(&from).await.close().await;
        from.tamper(change).await;
        let from = from.open(OpenMode::ReadOnly).await;
        let there = place.another();
        let to = there.create().await;
        let refused = from.transfer(&to).await.unwrap_err();
        assert!(
            matches!(refused, TransferError::Changed { .. }),
            "{change}: {refused:?}"
        );
        assert!(to.is_empty().await.unwrap(), "{change}");
    }
}

/// Whoever adds a table says what becomes of it in a transfer.
#[tokio::test]
async fn every_table_is_moved_or_made_anew() {
    const MOVED: [&str; 12] = [
        "blobs",
        "events",
        "hook_dead",
        "hook_endpoints",
        "hook_lanes",
        "hook_pushes",
        "identity_records",
        "kept_requests",
        "leases",
        "ledger_head",
        "observations",
        "proofs",
    ];
    const MADE_ANEW: [&str; 3] = ["snapshots", "subtrees", "workers"];
    let place = Place::sqlite();
    place.create().await.close().await;
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut file = common::raw(&place.path).await;
    let found: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(&mut file)
        .await
        .unwrap();
    let mut known = [MOVED.as_slice(), &MADE_ANEW].concat();
    known.sort_unstable();
    assert_eq!(found, known);
}

on_both! {
    a_state_is_the_same_there_and_back,
    nothing_is_moved_into_a_state_that_holds_something,
    what_was_changed_is_not_moved_and_leaves_nothing,
}
