//! What is kept of subtrees: proofs are made with it, and it is never believed.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use common::{Place, entry, on_both};
use liftlock_engine::ports::Store;
use liftlock_ledger::SigningKey;
use liftlock_store::{DatabaseStore, LedgerFault, OpenMode, ProveError};

/// Two levels of what is kept would need 65536 entries: `subtrees_of_two_levels` has them.
const SIZE: u64 = 1500;

fn key() -> SigningKey {
    SigningKey::unnamed(&[9; 32]).expect("a key")
}

async fn ledger(place: &Place, size: u64) -> (Place, DatabaseStore) {
    let place = place.another();
    let store = place.create().await;
    let mut done = 0;
    // Appends of all lengths: they end within subtrees, and at their ends.
    for count in (1..).map(|n: u64| n * 37 % 300 + 1) {
        let until = size.min(done + count);
        let entries: Vec<_> = (done..until).map(|n| entry(&format!("{n}"))).collect();
        store
            .append("shop", done, &entries, None)
            .await
            .expect("appended");
        done = until;
        if done == size {
            break;
        }
    }
    (place, store)
}

/// The state after a stranger's statements.
async fn changed(place: &Place, store: DatabaseStore, statements: &str) -> DatabaseStore {
    store.close().await;
    place.tamper(statements).await;
    place.open(OpenMode::Existing).await
}

async fn proves_everything(store: &DatabaseStore, size: u64) {
    let key = key();
    for seq in (0..size).step_by(97).chain([255, 256, 257, size - 1]) {
        let file = store.prove(seq, &key).await.expect("a proof");
        assert_eq!(
            file.verify(key.verifier()).expect("proves"),
            entry(&format!("{seq}"))
        );
    }
}

async fn a_proof_is_the_same_with_what_is_kept_and_without(place: Place) {
    let (place, store) = ledger(&place, SIZE).await;
    proves_everything(&store, SIZE).await;
    let before = store.prove(777, &key()).await.unwrap();
    let store = changed(&place, store, "DELETE FROM subtrees").await;
    assert_eq!(store.prove(777, &key()).await.unwrap(), before);
    proves_everything(&store, SIZE).await;
    assert_eq!(store.verify().await.unwrap().size, SIZE);
}

async fn what_is_missing_is_filled_in_by_the_next_append(place: Place) {
    let (place, mut store) = ledger(&place, SIZE).await;
    let before = place.subtrees().await;
    assert_eq!(before.len() as u64, SIZE / 256);
    for statement in [
        "DELETE FROM subtrees",
        "DELETE FROM subtrees WHERE place >= 2",
    ] {
        let version = store.load("shop", 0).await.unwrap().len() as u64;
        store = changed(&place, store, statement).await;
        store
            .append("shop", version, &[entry("more")], None)
            .await
            .unwrap();
        assert_eq!(place.subtrees().await, before, "{statement}");
    }
}

async fn a_changed_subtree_proves_nothing_and_is_found(place: Place) {
    for at in 0..SIZE / 256 {
        let (place, store) = ledger(&place, SIZE).await;
        let change = format!("UPDATE subtrees SET hash = zeroblob(32) WHERE place = {at}");
        let store = changed(&place, store, &change).await;
        for seq in (0..SIZE).step_by(61) {
            match store.prove(seq, &key()).await {
                // Its own subtree is on no proof's path from it.
                Ok(file) => drop(file.verify(key().verifier()).expect("proves")),
                Err(error) => assert!(matches!(error, ProveError::Changed { .. }), "{error:?}"),
            }
        }
        let fault = store.verify().await.unwrap_err();
        assert!(
            matches!(fault, LedgerFault::Subtree { level: 8, place: found } if found == at),
            "{fault:?}"
        );
    }
}

async fn a_subtree_beyond_the_ledger_is_found_and_written_over(place: Place) {
    let (place, store) = ledger(&place, SIZE).await;
    let put = "INSERT INTO subtrees VALUES (8, 5, zeroblob(32))";
    let store = changed(&place, store, put).await;
    let fault = store.verify().await.unwrap_err();
    assert!(
        matches!(fault, LedgerFault::Subtree { level: 8, place: 5 }),
        "{fault:?}"
    );
    let more: Vec<_> = (SIZE..1600).map(|n| entry(&format!("{n}"))).collect();
    store.append("shop", SIZE, &more, None).await.unwrap();
    assert_eq!(store.verify().await.unwrap().size, 1600);
    proves_everything(&store, 1600).await;
}

async fn subtrees_of_two_levels(place: Place) {
    let store = place.create().await;
    let size = (1 << 16) + 300;
    for from in (0..size).step_by(4096) {
        let until = size.min(from + 4096);
        let entries: Vec<_> = (from..until).map(|n| entry(&format!("{n}"))).collect();
        store.append("shop", from, &entries, None).await.unwrap();
    }
    let levels = |rows: &[(i64, i64, Vec<u8>)]| rows.iter().filter(|row| row.0 == 16).count();
    let before = place.subtrees().await;
    assert_eq!((before.len(), levels(&before)), (258, 1));
    for seq in [0, 70, 65_535, 65_536, size - 1] {
        let file = store.prove(seq, &key()).await.unwrap();
        assert_eq!(
            file.verify(key().verifier()).unwrap(),
            entry(&format!("{seq}"))
        );
    }
    let store = changed(&place, store, "DELETE FROM subtrees").await;
    store
        .append("shop", size, &[entry("more")], None)
        .await
        .unwrap();
    assert_eq!(place.subtrees().await, before);
    assert_eq!(store.verify().await.unwrap().size, size + 1);
}

on_both! {
    a_proof_is_the_same_with_what_is_kept_and_without,
    what_is_missing_is_filled_in_by_the_next_append,
    a_changed_subtree_proves_nothing_and_is_found,
    a_subtree_beyond_the_ledger_is_found_and_written_over,
    subtrees_of_two_levels,
}
