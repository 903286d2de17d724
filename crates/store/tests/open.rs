//! Opening: what is ours, what is not, and what can be done with it.

mod common;

use std::fs;

use common::{create, entry, push, raw, tamper, twelve_at};
use liftlock_engine::ports::{AppendError, Store, StoreError};
use liftlock_store::{DatabaseStore, OpenMode, SCHEMA_VERSION};
use tempfile::tempdir;

const MODES: [OpenMode; 3] = [OpenMode::Create, OpenMode::Existing, OpenMode::ReadOnly];

async fn refused(path: &std::path::Path, mode: OpenMode) -> StoreError {
    match DatabaseStore::open(path, mode).await {
        Ok(_) => panic!("{mode:?} opened {}", path.display()),
        Err(e) => e,
    }
}

#[tokio::test]
async fn a_new_state_is_private_and_empty() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a/b/state.db");
    for mode in [OpenMode::Existing, OpenMode::ReadOnly] {
        assert!(matches!(
            refused(&path, mode).await,
            StoreError::NotState { .. }
        ));
    }
    assert!(!dir.path().join("a").exists());
    let store = create(&path).await;
    let head = store.ledger_head().await.unwrap();
    assert_eq!((head.size, head.root), (0, liftlock_ledger::empty_root()));
    assert!(store.streams().await.unwrap().is_empty());
    assert!(store.load("none", 0).await.unwrap().is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(path), 0o600);
        assert_eq!(mode(dir.path().join("a/b")), 0o700);
        assert_eq!(mode(dir.path().join("a")), 0o700);
    }
}

#[tokio::test]
async fn what_is_not_a_state_is_refused_and_left_alone() {
    let dir = tempdir().unwrap();
    let text = dir.path().join("notes.txt");
    fs::write(&text, "not a database, but longer than a header is").unwrap();
    let short = dir.path().join("short");
    fs::write(&short, "x").unwrap();
    let garbage = dir.path().join("garbage.db");
    fs::write(
        &garbage,
        [b"SQLite format 3\0".as_slice(), &[7; 5000]].concat(),
    )
    .unwrap();
    let other = dir.path().join("other.db");
    let mut connection = raw(&other).await;
    sqlx::raw_sql("CREATE TABLE theirs (x)")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    for path in [dir.path(), &text, &short, &garbage, &other] {
        let before = fs::read(path).ok();
        for mode in MODES {
            let error = refused(path, mode).await;
            assert!(
                matches!(error, StoreError::NotState { .. }),
                "{mode:?}: {error:?}"
            );
        }
        assert_eq!(fs::read(path).ok(), before, "{}", path.display());
    }
    let empty = dir.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    assert!(matches!(
        refused(&empty, OpenMode::Existing).await,
        StoreError::NotState { .. }
    ));
    assert!(DatabaseStore::open(&empty, OpenMode::Create).await.is_ok());
}

#[tokio::test]
async fn a_newer_state_is_refused() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    twelve_at(&path).await;
    let newer = SCHEMA_VERSION + 1;
    tamper(&path, &format!("PRAGMA user_version = {newer}")).await;
    for mode in MODES {
        let error = refused(&path, mode).await;
        assert!(
            matches!(error, StoreError::Newer { found, known: SCHEMA_VERSION, .. } if found == newer),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_reader_sees_what_a_writer_appends_and_writes_nothing() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    let writer = create(&path).await;
    push(&writer, "api", "one").await;
    let reader = DatabaseStore::open(&path, OpenMode::ReadOnly)
        .await
        .unwrap();
    assert_eq!(reader.load("api", 0).await.unwrap().len(), 1);
    // In the middle of another process's transaction too.
    let mut other = raw(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE; INSERT INTO leases VALUES ('x', 1)")
        .execute(&mut other)
        .await
        .unwrap();
    assert_eq!(reader.ledger_head().await.unwrap().size, 1);
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    push(&writer, "api", "two").await;
    assert_eq!(reader.load("api", 1).await.unwrap()[0].bytes, entry("two"));
    reader.verify().await.unwrap();

    let error = reader
        .append("api", 2, &[entry("no")], None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::Store(StoreError::ReadOnly { .. })),
        "{error:?}"
    );
    assert!(matches!(
        reader.put_blob(b"no").await,
        Err(StoreError::ReadOnly { .. })
    ));
    assert!(matches!(
        reader.acquire("no").await,
        Err(StoreError::ReadOnly { .. })
    ));
}

#[tokio::test]
async fn a_closed_state_is_one_file_that_can_be_read() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    twelve_at(&path).await;
    assert!(!dir.path().join("state.db-wal").exists());
    let reader = DatabaseStore::open(&path, OpenMode::ReadOnly)
        .await
        .unwrap();
    assert_eq!(reader.verify().await.unwrap().size, 12);
}

#[tokio::test]
async fn a_state_locked_by_another_process_says_so() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    let store = create(&path).await;
    let mut other = raw(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let error = store
        .append("api", 0, &[entry("one")], None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::Store(StoreError::Locked { .. })),
        "{error:?}"
    );
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    push(&store, "api", "one").await;
}

#[tokio::test]
async fn damaged_pages_are_an_error() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    let store = create(&path).await;
    store
        .append("api", 0, &vec![entry(&"x".repeat(2000)); 200], None)
        .await
        .unwrap();
    store.close().await;
    let mut bytes = fs::read(&path).unwrap();
    let (from, to) = (bytes.len() / 4, bytes.len() / 2);
    bytes[from..to].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let store = DatabaseStore::open(&path, OpenMode::Existing)
        .await
        .unwrap();
    let fault = store.verify().await.unwrap_err();
    let text = fault.to_string();
    assert!(
        text.contains("damaged") || text.contains("changed"),
        "{text}"
    );
}

/// A folder in its place keeps SQLite from making its shared memory, as a read-only disk does.
#[tokio::test]
async fn without_shared_memory_the_file_alone_is_read_and_not_written() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    twelve_at(&path).await;
    fs::create_dir(dir.path().join("state.db-shm")).unwrap();
    let reader = DatabaseStore::open(&path, OpenMode::ReadOnly)
        .await
        .unwrap();
    assert_eq!(reader.verify().await.unwrap().size, 12);
    reader.close().await;
    let writer = DatabaseStore::open(&path, OpenMode::Existing)
        .await
        .unwrap();
    let error = writer
        .append("api", 4, &[entry("x")], None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::Store(StoreError::ReadOnly { .. })),
        "{error:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_without_write_permission_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    twelve_at(&path).await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    // Permissions do not hold back root.
    if fs::OpenOptions::new().write(true).open(&path).is_err() {
        let error = refused(&path, OpenMode::Existing).await;
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    }
    let reader = DatabaseStore::open(&path, OpenMode::ReadOnly)
        .await
        .unwrap();
    assert_eq!(reader.verify().await.unwrap().size, 12);
}
