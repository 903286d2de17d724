//! What several tests need.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;

use liftlock_engine::ports::{Appended, Store};
use liftlock_store::{DatabaseStore, OpenMode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

/// A canonical entry.
pub(crate) fn entry(text: &str) -> Vec<u8> {
    liftlock_ledger::canonical::to_bytes(&text).expect("a string is canonical")
}

pub(crate) async fn create(path: &Path) -> DatabaseStore {
    DatabaseStore::open(path, OpenMode::Create)
        .await
        .expect("opened")
}

/// Appends one entry to the end of a stream.
pub(crate) async fn push(store: &DatabaseStore, stream: &str, text: &str) -> Appended {
    let version = store.load(stream, 0).await.expect("loaded").len() as u64;
    store
        .append(stream, version, &[entry(text)], None)
        .await
        .expect("appended")
}

/// A state with three streams and twelve entries, closed.
pub(crate) async fn twelve(path: &Path) {
    let store = create(path).await;
    for i in 0..12 {
        let stream = ["api", "shop/web", "worker"][i % 3];
        push(&store, stream, &format!("{stream} {i}")).await;
    }
    store.close().await;
}

/// A connection as a stranger would have it.
pub(crate) async fn raw(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    SqliteConnection::connect_with(&options)
        .await
        .expect("connected")
}

/// Runs statements as a stranger would, without the triggers.
pub(crate) async fn tamper(path: &Path, statements: &str) {
    let mut connection = raw(path).await;
    let script = format!(
        "DROP TRIGGER IF EXISTS events_are_not_updated;
         DROP TRIGGER IF EXISTS events_are_not_deleted; {statements}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(script))
        .execute(&mut connection)
        .await
        .expect("tampered");
    connection.close().await.expect("closed");
}
