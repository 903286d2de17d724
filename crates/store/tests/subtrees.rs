//! What is kept of subtrees: proofs are made with it, and it is never believed.

mod common;

use common::{create, entry, tamper};
use liftlock_engine::ports::Store;
use liftlock_ledger::SigningKey;
use liftlock_store::{DatabaseStore, LedgerFault, OpenMode, ProveError};
use tempfile::{TempDir, tempdir};

/// Two levels of what is kept would need 65536 entries: `subtrees_of_two_levels` has them.
const SIZE: u64 = 1500;

fn key() -> SigningKey {
    SigningKey::unnamed(&[9; 32]).expect("a key")
}

async fn ledger(size: u64) -> (TempDir, DatabaseStore) {
    let dir = tempdir().expect("a folder");
    let store = create(&dir.path().join("state.db")).await;
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
    (dir, store)
}

/// The state after a stranger's statements.
async fn changed(store: DatabaseStore, statements: &str) -> DatabaseStore {
    let path = store.path().to_owned();
    store.close().await;
    tamper(&path, statements).await;
    DatabaseStore::open(&path, OpenMode::Existing)
        .await
        .expect("opened")
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

#[tokio::test]
async fn a_proof_is_the_same_with_what_is_kept_and_without() {
    let (_dir, store) = ledger(SIZE).await;
    proves_everything(&store, SIZE).await;
    let before = store.prove(777, &key()).await.unwrap();
    let store = changed(store, "DELETE FROM subtrees").await;
    assert_eq!(store.prove(777, &key()).await.unwrap(), before);
    proves_everything(&store, SIZE).await;
    assert_eq!(store.verify().await.unwrap().size, SIZE);
}

async fn kept(store: &DatabaseStore) -> Vec<(i64, i64, Vec<u8>)> {
    let mut stranger = common::raw(store.path()).await;
    sqlx::query_as("SELECT level, place, hash FROM subtrees ORDER BY level, place")
        .fetch_all(&mut stranger)
        .await
        .expect("rows")
}

#[tokio::test]
async fn what_is_missing_is_filled_in_by_the_next_append() {
    let (_dir, mut store) = ledger(SIZE).await;
    let before = kept(&store).await;
    assert_eq!(before.len() as u64, SIZE / 256);
    for statement in [
        "DELETE FROM subtrees",
        "DELETE FROM subtrees WHERE place >= 2",
    ] {
        let version = store.load("shop", 0).await.unwrap().len() as u64;
        store = changed(store, statement).await;
        store
            .append("shop", version, &[entry("more")], None)
            .await
            .unwrap();
        assert_eq!(kept(&store).await, before, "{statement}");
    }
}

#[tokio::test]
async fn a_changed_subtree_proves_nothing_and_is_found() {
    for place in 0..SIZE / 256 {
        let (_dir, store) = ledger(SIZE).await;
        let change = format!("UPDATE subtrees SET hash = zeroblob(32) WHERE place = {place}");
        let store = changed(store, &change).await;
        for seq in (0..SIZE).step_by(61) {
            match store.prove(seq, &key()).await {
                // Its own subtree is on no proof's path from it.
                Ok(file) => drop(file.verify(key().verifier()).expect("proves")),
                Err(error) => assert!(matches!(error, ProveError::Changed { .. }), "{error:?}"),
            }
        }
        let fault = store.verify().await.unwrap_err();
        assert!(
            matches!(fault, LedgerFault::Subtree { level: 8, place: found } if found == place),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_subtree_beyond_the_ledger_is_found_and_written_over() {
    let (_dir, store) = ledger(SIZE).await;
    let put = "INSERT INTO subtrees VALUES (8, 5, zeroblob(32))";
    let store = changed(store, put).await;
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

#[tokio::test]
async fn subtrees_of_two_levels() {
    let dir = tempdir().unwrap();
    let store = create(&dir.path().join("state.db")).await;
    let size = (1 << 16) + 300;
    for from in (0..size).step_by(4096) {
        let until = size.min(from + 4096);
        let entries: Vec<_> = (from..until).map(|n| entry(&format!("{n}"))).collect();
        store.append("shop", from, &entries, None).await.unwrap();
    }
    let levels = |rows: &[(i64, i64, Vec<u8>)]| rows.iter().filter(|row| row.0 == 16).count();
    let before = kept(&store).await;
    assert_eq!((before.len(), levels(&before)), (258, 1));
    for seq in [0, 70, 65_535, 65_536, size - 1] {
        let file = store.prove(seq, &key()).await.unwrap();
        assert_eq!(
            file.verify(key().verifier()).unwrap(),
            entry(&format!("{seq}"))
        );
    }
    let store = changed(store, "DELETE FROM subtrees").await;
    store
        .append("shop", size, &[entry("more")], None)
        .await
        .unwrap();
    assert_eq!(kept(&store).await, before);
    assert_eq!(store.verify().await.unwrap().size, size + 1);
}
