//! Where a statement runs.

use std::fmt;
use std::sync::Arc;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, Transaction};

use super::{Db, PostgresTransaction};

/// A transaction, or whichever connection is free. A transaction that is dropped without a commit
/// is rolled back.
pub(crate) enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(PostgresTransaction),
    AnySqlite(SqlitePool),
    AnyPostgres(PgPool),
    /// A transaction of SQLite with others who write: each statement waits for its end.
    Shared {
        db: Db,
        place: Arc<str>,
    },
}

impl Connection {
    /// Ends a transaction with all it did. Of an error on PostgreSQL it is not known whether it was
    /// before that or after.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
            Self::AnySqlite(_) | Self::AnyPostgres(_) | Self::Shared { .. } => Ok(()),
        }
    }
}

impl Connection {
    /// Whether a value can be a list.
    pub(crate) fn takes_lists(&self) -> bool {
        matches!(self, Self::Postgres(_) | Self::AnyPostgres(_))
    }

    /// What SQLite finds wrong with its file. PostgreSQL has no such check of its own.
    pub(crate) async fn integrity(&mut self) -> Result<Option<String>, sqlx::Error> {
        let check = sqlx::query_scalar::<Sqlite, String>(crate::sql::INTEGRITY);
        let report = match self {
            Self::Sqlite(transaction) => check.fetch_one(&mut **transaction).await?,
            Self::AnySqlite(pool) => check.fetch_one(&*pool).await?,
            Self::Postgres(_) | Self::AnyPostgres(_) | Self::Shared { .. } => return Ok(None),
        };
        Ok((report != "ok").then_some(report))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) | Self::AnySqlite(_) | Self::Shared { .. } => "Connection(SQLite)",
            Self::Postgres(_) | Self::AnyPostgres(_) => "Connection(PostgreSQL)",
        })
    }
}
