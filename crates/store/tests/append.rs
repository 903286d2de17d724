//! Appending: versions, places, fences, limits, and several writers at once.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{Place, create, entry, on_both, push};
use liftlock_engine::ports::{AppendError, ENTRY_BYTES_MAX, Fence, Store, StoreError, StoredEntry};
use liftlock_oci::Digest;
use liftlock_store::{APPEND_ENTRIES_MAX, BLOB_BYTES_MAX, DatabaseStore, OpenMode};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use tempfile::tempdir;

async fn entries_are_kept_as_they_are_in_order(place: Place) {
    let store = place.create().await;
    let done = store
        .append("b", 0, &[entry("1"), entry("2")], None)
        .await
        .unwrap();
    assert_eq!((done.version, done.ledger_size), (2, 2));
    let done = store.append("a", 0, &[entry("3")], None).await.unwrap();
    assert_eq!((done.version, done.ledger_size), (1, 3));
    let done = store.append("b", 2, &[], None).await.unwrap();
    assert_eq!((done.version, done.ledger_size), (2, 3));
    assert_eq!(store.streams().await.unwrap(), ["a", "b"]);
    let second = StoredEntry {
        version: 2,
        seq: 1,
        bytes: entry("2"),
    };
    assert_eq!(store.load("b", 1).await.unwrap(), [second]);
    assert!(store.load("b", u64::MAX).await.unwrap().is_empty());
    let entries = store.entries(1, 9).await.unwrap();
    let places: Vec<_> = entries
        .iter()
        .map(|e| (e.seq, e.stream.as_str(), e.version))
        .collect();
    assert_eq!(places, [(1, "b", 2), (2, "a", 1)]);
    assert_eq!(
        store.verify().await.unwrap().root,
        store.ledger_head().await.unwrap().root
    );
}

async fn a_stale_version_or_a_bad_entry_appends_nothing(place: Place) {
    let store = place.create().await;
    push(&store, "api", "one").await;
    for expected in [0, 2, u64::MAX] {
        let error = store
            .append("api", expected, &[entry("x")], None)
            .await
            .unwrap_err();
        assert!(
            matches!(error, AppendError::Conflict { actual: 1, expected: e } if e == expected),
            "{error:?}"
        );
    }
    let largest = entry(&"x".repeat(ENTRY_BYTES_MAX - 2));
    let over = entry(&"x".repeat(ENTRY_BYTES_MAX - 1));
    let error = store
        .append("api", 1, &[entry("x"), over], None)
        .await
        .unwrap_err();
    assert!(matches!(error, AppendError::Size { bytes } if bytes == ENTRY_BYTES_MAX + 1));
    for bad in ["", "{ }", "1.5", "not json"] {
        let appended = store
            .append("api", 1, &[entry("x"), bad.into()], None)
            .await;
        assert!(matches!(appended, Err(AppendError::Store(_))), "{bad}");
    }
    let many = vec![entry("x"); APPEND_ENTRIES_MAX + 1];
    assert!(store.append("api", 1, &many, None).await.is_err());
    for name in ["", "a\0b", &"n".repeat(513)] {
        assert!(store.append(name, 0, &[entry("x")], None).await.is_err());
    }
    assert_eq!(store.ledger_head().await.unwrap().size, 1);
    store.append("api", 1, &[largest], None).await.unwrap();
    store.verify().await.unwrap();
}

async fn events_are_neither_updated_nor_deleted(place: Place) {
    let store = place.create().await;
    push(&store, "api", "one").await;
    for statement in ["UPDATE events SET version = 7", "DELETE FROM events"] {
        let error = place.say(statement).await.unwrap_err();
        assert!(error.to_string().contains("never"), "{error}");
    }
    store.verify().await.unwrap();
}

async fn a_lease_has_one_holder_and_fences_off_the_one_before(place: Place) {
    let (one, two) = (place.create().await, place.create().await);
    let (lease, first) = one.acquire("shop/production").await.unwrap().unwrap();
    assert_eq!(
        first,
        Fence {
            name: "shop/production".to_owned(),
            epoch: 1
        }
    );
    assert!(two.acquire("shop/production").await.unwrap().is_none());
    assert!(one.acquire("shop/production").await.unwrap().is_none());
    assert!(two.acquire("shop/staging").await.unwrap().is_some());
    one.append("shop", 0, &[entry("held")], Some(&first))
        .await
        .unwrap();
    drop(lease);
    let (_lease, second) = two.acquire("shop/production").await.unwrap().unwrap();
    assert_eq!(second.epoch, 2);
    let error = one
        .append("shop", 1, &[entry("late")], Some(&first))
        .await
        .unwrap_err();
    assert!(matches!(error, AppendError::Fenced { name } if name == "shop/production"));
    let unknown = Fence {
        name: "never taken".to_owned(),
        epoch: 0,
    };
    let error = one
        .append("shop", 1, &[entry("none")], Some(&unknown))
        .await
        .unwrap_err();
    assert!(matches!(error, AppendError::Fenced { .. }));
    two.append("shop", 1, &[entry("mine")], Some(&second))
        .await
        .unwrap();
    assert_eq!(two.load("shop", 0).await.unwrap().len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn two_names_of_one_state_share_its_leases() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    let one = create(&path).await;
    let link = dir.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let two = DatabaseStore::open(&link, OpenMode::Existing)
        .await
        .unwrap();
    let held = one.acquire("x").await.unwrap();
    assert!(held.is_some() && two.acquire("x").await.unwrap().is_none());
}

/// Zeros, as the database writes them.
fn blob(place: &Place, bytes: usize) -> String {
    match place.is_postgres() {
        true => format!("decode(repeat('00', {bytes}), 'hex')"),
        false => format!("zeroblob({bytes})"),
    }
}

async fn payloads_are_verified_when_read(place: Place) {
    let store = place.create().await;
    let digest = store.put_blob(b"report").await.unwrap();
    assert_eq!(digest, Digest::of(b"report"));
    assert_eq!(store.put_blob(b"report").await.unwrap(), digest);
    assert_eq!(store.blob(&digest).await.unwrap().unwrap(), b"report");
    assert_eq!(store.blob(&Digest::of(b"other")).await.unwrap(), None);
    let empty = store.put_blob(b"").await.unwrap();
    assert_eq!(store.blob(&empty).await.unwrap().unwrap(), b"");
    let mut large = vec![0; BLOB_BYTES_MAX];
    let digest_of_large = store.put_blob(&large).await.unwrap();
    assert_eq!(
        store.blob(&digest_of_large).await.unwrap().unwrap().len(),
        BLOB_BYTES_MAX
    );
    large.push(0);
    assert!(store.put_blob(&large).await.is_err());
    place
        .tamper("UPDATE blobs SET bytes = x'00' WHERE bytes = CAST('report' AS BLOB)")
        .await;
    assert!(matches!(
        store.blob(&digest).await,
        Err(StoreError::Damaged { .. })
    ));
    let grown = format!(
        "UPDATE blobs SET bytes = {}",
        blob(&place, BLOB_BYTES_MAX + 1)
    );
    place.tamper(&grown).await;
    assert!(matches!(
        store.blob(&digest).await,
        Err(StoreError::Damaged { .. })
    ));
}

async fn of_concurrent_appends_to_a_stream_exactly_one_wins(place: Place) {
    let (one, two) = (place.create().await, place.create().await);
    for version in 0..20 {
        let entries = [[entry("one")], [entry("two")]];
        let (a, b) = tokio::join!(
            one.append("api", version, &entries[0], None),
            two.append("api", version, &entries[1], None),
        );
        let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
        assert_eq!(won.unwrap().version, version + 1);
        assert!(
            matches!(lost, Err(AppendError::Conflict { .. })),
            "{lost:?}"
        );
    }
    assert_eq!(one.verify().await.unwrap().size, 20);
}

async fn concurrent_appends_to_many_streams_leave_no_gap(place: Place) {
    let place = Arc::new(place);
    let mut tasks = Vec::new();
    for writer in 0..4 {
        let place = Arc::clone(&place);
        tasks.push(tokio::spawn(async move {
            // Each makes or opens the state for itself, at the same time.
            let store = place.create().await;
            let stream = format!("stream {writer}");
            for version in 0..15 {
                let entries = [entry(&format!("{writer} {version}"))];
                store
                    .append(&stream, version, &entries, None)
                    .await
                    .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let store = place.create().await;
    assert_eq!(store.verify().await.unwrap().size, 60);
    assert_eq!(store.streams().await.unwrap().len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_interleaving_replays_as_it_was_appended(
        appends in proptest::collection::vec((0usize..4, 0usize..4, any::<bool>()), 1..40)
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
                            let place = Place::sqlite();
            let stores = [place.create().await, place.create().await];
            let mut model: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
            let mut order = Vec::new();
            for (i, (stream, count, second)) in appends.iter().enumerate() {
                let name = format!("s{stream}");
                let known = model.get(&name).map_or(0, |all| all.len() as u64);
                let entries: Vec<_> = (0..*count).map(|n| entry(&format!("{i}.{n}"))).collect();
                let store = &stores[usize::from(*second)];
                let stale = store.append(&name, known + 1, &entries, None).await;
                let conflict = matches!(stale, Err(AppendError::Conflict { .. }));
                prop_assert_eq!(conflict, true);
                let done = store.append(&name, known, &entries, None).await.unwrap();
                order.extend(entries.iter().map(|bytes| (name.clone(), bytes.clone())));
                prop_assert_eq!(done.ledger_size, order.len() as u64);
                if !entries.is_empty() {
                    model.entry(name).or_default().extend(entries);
                }
            }
            let reader = &stores[0];
            let names: Vec<String> = model.keys().cloned().collect();
            prop_assert_eq!(reader.streams().await.unwrap(), names);
            for (name, expected) in &model {
                let loaded = reader.load(name, 0).await.unwrap();
                let bytes: Vec<_> = loaded.into_iter().map(|e| e.bytes).collect();
                prop_assert_eq!(&bytes, expected);
            }
            let all = reader.entries(0, 1000).await.unwrap();
            let replay: Vec<_> = all.into_iter().map(|e| (e.stream, e.bytes)).collect();
            prop_assert_eq!(&replay, &order);
            prop_assert_eq!(reader.verify().await.unwrap().size, order.len() as u64);
            Ok(())
        })?;
    }
}

on_both! {
    entries_are_kept_as_they_are_in_order,
    a_stale_version_or_a_bad_entry_appends_nothing,
    events_are_neither_updated_nor_deleted,
    a_lease_has_one_holder_and_fences_off_the_one_before,
    payloads_are_verified_when_read,
    of_concurrent_appends_to_a_stream_exactly_one_wins,
    concurrent_appends_to_many_streams_leave_no_gap,
}
