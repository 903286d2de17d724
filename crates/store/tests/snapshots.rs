//! Snapshots: kept, replaced, and dropped when they are not as they were kept.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use common::{Place, entry, on_both, push, raw, twelve};
use liftlock_engine::ports::{Snapshot, Store, StoreError};
use liftlock_oci::Digest;
use liftlock_store::{OpenMode, SCHEMA_VERSION};

fn snapshot(version: u64) -> Snapshot {
    Snapshot {
        version,
        fold: 3,
        last: Digest::of(&entry("last")),
        state: format!("what it comes to at {version}").into_bytes(),
    }
}

async fn the_last_one_of_each_stream_is_kept(place: Place) {
    let store = place.create().await;
    assert_eq!(store.snapshot("api").await.unwrap(), None);
    for version in [7, 8] {
        let kept = snapshot(version);
        store.put_snapshot("api", &kept).await.unwrap();
        assert_eq!(store.snapshot("api").await.unwrap(), Some(kept));
    }
    assert_eq!(store.snapshot("web").await.unwrap(), None);
    store.close().await;
    let reader = place.open(OpenMode::ReadOnly).await;
    assert_eq!(reader.snapshot("api").await.unwrap(), Some(snapshot(8)));
    let refused = reader.put_snapshot("api", &snapshot(9)).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })));
}

async fn one_that_was_changed_is_dropped(place: Place) {
    for change in [
        "state = x'7b7d'",
        "version = 6",
        "fold = 4",
        "last = 'sha256:0000000000000000000000000000000000000000000000000000000000000000'",
        "last = 'nothing'",
        "digest = 'sha256:0000000000000000000000000000000000000000000000000000000000000000'",
        "stream = 'web'",
    ] {
        let place = place.another();
        let store = place.create().await;
        store.put_snapshot("api", &snapshot(5)).await.unwrap();
        store.close().await;
        place
            .tamper(&format!("UPDATE snapshots SET {change}"))
            .await;
        let store = place.create().await;
        assert_eq!(store.snapshot("api").await.unwrap(), None, "{change}");
    }
}

/// A state of before there were snapshots is read as it is, and gets its table from who writes.
#[tokio::test]
async fn an_older_state_is_brought_up_to_date() {
    let place = Place::sqlite();
    twelve(&place).await;
    place
        .tamper(
            "DROP TABLE snapshots; DROP TABLE observations; DROP TABLE subtrees; DROP TABLE proofs;
             DROP TABLE identity_records; DROP TABLE hook_endpoints; DROP TABLE hook_lanes;
             DROP TABLE hook_dead; DROP TABLE hook_pushes; DROP TABLE workers; DROP TABLE kept_requests;
             PRAGMA user_version = 1",
        )
        .await;

    let reader = place.open(OpenMode::ReadOnly).await;
    assert_eq!(reader.load("api", 0).await.unwrap().len(), 4);
    assert!(reader.snapshot("api").await.is_err());
    assert_eq!(reader.verify().await.unwrap().size, 12);
    assert_eq!(reader.kept_proof("api", "p1").await.unwrap(), None);
    reader.close().await;

    let store = place.open(OpenMode::Existing).await;
    assert_eq!(store.verify().await.unwrap().size, 12);
    assert_eq!(store.snapshot("api").await.unwrap(), None);
    store.put_snapshot("api", &snapshot(4)).await.unwrap();
    assert_eq!(push(&store, "api", "more").await.version, 5);
    store.close().await;
    let mut raw = raw(&place.path).await;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    assert_eq!(version, SCHEMA_VERSION);
}

on_both! {
    the_last_one_of_each_stream_is_kept,
    one_that_was_changed_is_dropped,
}
