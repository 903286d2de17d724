//! What several tests need.
#![allow(
    dead_code,
    unused_macros,
    unused_imports,
    reason = "each test file uses its own part"
)]

use std::path::{Path, PathBuf};

use liftlock_engine::ports::{Appended, Store, StoreError};
use liftlock_store::{DatabaseStore, OpenMode, StateAddress};
use liftlock_testkit::Postgres;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

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
pub(crate) async fn twelve(place: &Place) {
    fill(place.create().await).await;
}

/// The same in a file.
pub(crate) async fn twelve_at(path: &Path) {
    fill(create(path).await).await;
}

async fn fill(store: DatabaseStore) {
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

/// Runs statements on a file as a stranger would, without the triggers.
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

/// A state that a test makes: a file, or a database of its own on a real server.
pub(crate) struct Place {
    address: StateAddress,
    /// What would be the state's file, in a folder of its own.
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        Self {
            address: StateAddress::File(path.clone()),
            path,
            _folder: folder,
        }
    }

    pub(crate) fn postgres() -> Self {
        let database = Postgres::shared().database();
        Self {
            address: database.parse().expect("an address"),
            ..Self::sqlite()
        }
    }

    /// Another of the same kind.
    pub(crate) fn another(&self) -> Self {
        match self.is_postgres() {
            true => Self::postgres(),
            false => Self::sqlite(),
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.address, StateAddress::Postgres(_))
    }

    /// The address, as a command takes it.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().expect("a folder")
    }

    pub(crate) async fn open(&self, mode: OpenMode) -> DatabaseStore {
        self.try_open(mode).await.expect("opened")
    }

    pub(crate) async fn try_open(&self, mode: OpenMode) -> Result<DatabaseStore, StoreError> {
        DatabaseStore::open_address(&self.address, &self.path, mode).await
    }

    pub(crate) async fn create(&self) -> DatabaseStore {
        self.open(OpenMode::Create).await
    }

    /// Runs statements as a stranger would, with the triggers; an error is a database's.
    pub(crate) async fn say(&self, statements: &str) -> Result<(), sqlx::Error> {
        match &self.address {
            StateAddress::File(path) => {
                let mut connection = raw(path).await;
                let said = sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned()));
                said.execute(&mut connection).await?;
                connection.close().await
            }
            StateAddress::Postgres(_) => {
                let mut connection = self.stranger().await;
                let said = sqlx::raw_sql(sqlx::AssertSqlSafe(in_postgres(statements)));
                said.execute(&mut connection).await?;
                connection.close().await
            }
        }
    }

    /// The same without the triggers.
    pub(crate) async fn tamper(&self, statements: &str) {
        let triggers = match self.is_postgres() {
            true => {
                "DROP TRIGGER IF EXISTS events_are_not_updated ON events;
                 DROP TRIGGER IF EXISTS events_are_not_deleted ON events;"
            }
            false => {
                "DROP TRIGGER IF EXISTS events_are_not_updated;
                 DROP TRIGGER IF EXISTS events_are_not_deleted;"
            }
        };
        let said = self.say(&format!("{triggers} {statements}")).await;
        said.expect("tampered");
    }

    /// What is kept of subtrees.
    pub(crate) async fn subtrees(&self) -> Vec<(i64, i64, Vec<u8>)> {
        const SUBTREES: &str = "SELECT level, place, hash FROM subtrees ORDER BY level, place";
        let rows = match &self.address {
            StateAddress::File(path) => {
                let mut file = raw(path).await;
                sqlx::query_as(SUBTREES).fetch_all(&mut file).await
            }
            StateAddress::Postgres(_) => {
                let mut stranger = self.stranger().await;
                sqlx::query_as(SUBTREES).fetch_all(&mut stranger).await
            }
        };
        rows.expect("rows")
    }

    /// A connection of one's own to the database of PostgreSQL.
    pub(crate) async fn stranger(&self) -> PgConnection {
        // The servers of these tests ask for no password.
        let options: PgConnectOptions = self.address.to_string().parse().expect("an address");
        let options = options.options([("search_path", "liftlock")]);
        PgConnection::connect_with(&options)
            .await
            .expect("connected")
    }
}

/// Statements of SQLite, as PostgreSQL has them: bytes are written in another way.
fn in_postgres(statements: &str) -> String {
    statements
        .replace(" x'", r" BYTEA '\x")
        .replace("CAST('", "convert_to('")
        .replace("' AS BLOB)", "', 'UTF8')")
        .replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')")
        .replace("zeroblob(64)", "decode(repeat('00', 64), 'hex')")
}

/// Runs tests on a file of SQLite and on a database of PostgreSQL.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$test(crate::common::Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$test(crate::common::Place::postgres()).await;
            }
        }
    )*};
}
pub(crate) use on_both;
