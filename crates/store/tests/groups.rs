//! Writers that share a transaction.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::{Place, entry, on_both};
use liftlock_engine::ports::{AppendError, Fence, Store, StoreError};
use liftlock_store::DatabaseStore;
use tokio::task::JoinSet;
use tokio::time::timeout;

const WRITERS: u64 = 16;

/// Appends to a stream of its own, with a payload before each, and tells after each how many.
async fn write(store: DatabaseStore, writer: u64, told: impl Fn(u64)) {
    let stream = format!("stream {writer}");
    for version in 0..30 {
        let text = format!("{writer} {version}");
        store.put_blob(text.as_bytes()).await.unwrap();
        let entries = [entry(&text), entry("and more")];
        let done = store.append(&stream, 2 * version, &entries, None).await;
        told(done.unwrap().version);
    }
}

async fn many_writers_at_once_lose_nothing(place: Place) {
    let store = place.create().await;
    let mut writing = JoinSet::new();
    for writer in 0..WRITERS {
        writing.spawn(write(store.clone(), writer, |_| {}));
    }
    while let Some(ended) = writing.join_next().await {
        ended.unwrap();
    }
    assert_eq!(store.verify().await.unwrap().size, WRITERS * 60);
    for writer in 0..WRITERS {
        let found = store.load(&format!("stream {writer}"), 0).await.unwrap();
        assert_eq!(found.len(), 60);
    }
}

/// Those who leave take back what they were at, and nothing that was acknowledged.
async fn who_leaves_in_the_midst_harms_nobody(place: Place) {
    let store = place.create().await;
    for round in 0..12u64 {
        let acknowledged: Vec<_> = (0..WRITERS).map(|_| Arc::new(AtomicU64::new(0))).collect();
        let mut writing = JoinSet::new();
        for writer in 0..WRITERS {
            let known = acknowledged[writer as usize].clone();
            let told = move |version| known.store(version, Ordering::SeqCst);
            let of_round = round * WRITERS + writer;
            writing.spawn(write(store.clone(), of_round, told));
        }
        tokio::time::sleep(Duration::from_millis(3 * round + 1)).await;
        writing.shutdown().await;
        for (writer, least) in acknowledged.iter().enumerate() {
            let stream = format!("stream {}", round * WRITERS + writer as u64);
            let found = store.load(&stream, 0).await.unwrap().len() as u64;
            let least = least.load(Ordering::SeqCst);
            assert!(found >= least, "{stream}: {found} of {least}");
            // An append is there as a whole or not at all.
            assert_eq!(found % 2, 0, "{stream}");
        }
    }
    // Nothing is left open: whoever comes writes.
    let other = place.create().await;
    let last = [entry("x")];
    let appending = other.append("last", 0, &last, None);
    timeout(Duration::from_secs(20), appending)
        .await
        .unwrap()
        .unwrap();
    store.verify().await.unwrap();
}

/// What is refused leaves the others in the same transaction as they were.
async fn a_refusal_is_only_for_who_is_refused(place: Place) {
    let store = place.create().await;
    let (_lease, fence) = store.acquire("lease").await.unwrap().unwrap();
    let stale = Fence {
        name: "lease".to_owned(),
        epoch: fence.epoch + 1,
    };
    for version in 0..20 {
        let own = [[entry("a")], [entry("b")], [entry("c")]];
        let (good, late, fenced, held) = tokio::join!(
            store.append("one", version, &own[0], None),
            store.append("one", version + 7, &own[1], None),
            store.append("two", version, &own[1], Some(&stale)),
            store.append("three", version, &own[2], Some(&fence)),
        );
        assert_eq!(good.unwrap().version, version + 1);
        assert!(
            matches!(late, Err(AppendError::Conflict { .. })),
            "{late:?}"
        );
        assert!(
            matches!(fenced, Err(AppendError::Fenced { .. })),
            "{fenced:?}"
        );
        assert_eq!(held.unwrap().version, version + 1);
    }
    assert_eq!(store.verify().await.unwrap().size, 40);
}

/// Whoever cannot write says so, and the others go on.
async fn a_damaged_head_is_said_to_everybody(place: Place) {
    let store = place.create().await;
    store.append("one", 0, &[entry("a")], None).await.unwrap();
    place.tamper("UPDATE ledger_head SET size = 7").await;
    let own = [entry("b")];
    let (a, b) = tokio::join!(
        store.append("one", 1, &own, None),
        store.append("two", 0, &own, None),
    );
    for found in [a, b] {
        let is_damaged = matches!(found, Err(AppendError::Store(StoreError::Damaged { .. })));
        assert!(is_damaged, "{found:?}");
    }
}

on_both! {
    many_writers_at_once_lose_nothing,
    who_leaves_in_the_midst_harms_nobody,
    a_refusal_is_only_for_who_is_refused,
    a_damaged_head_is_said_to_everybody,
}
