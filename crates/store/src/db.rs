//! The database under a state: SQLite or PostgreSQL, behind one way to run a statement.

mod connection;
mod query;
mod run;
mod shared;
mod transaction;

use std::sync::Arc;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use crate::group::Groups;
use crate::postgres::Keeper;

pub(crate) use connection::Connection;
pub(crate) use query::{Query, Sql, Value, query};
pub(crate) use run::{Columns, is_lost};
pub(crate) use transaction::{BEGIN_READ, BEGIN_WRITE, PostgresTransaction};

/// The pools of one opened state.
#[derive(Clone)]
pub(crate) enum Db {
    /// A file. Without `write` it is only read.
    Sqlite {
        write: Option<SqlitePool>,
        read: SqlitePool,
        groups: Groups,
    },
    /// A database of PostgreSQL. Where it is only read, its sessions are read-only too.
    Postgres {
        pool: PgPool,
        writes: bool,
        keeper: Arc<Keeper>,
        groups: Groups,
    },
}

impl Db {
    /// Reads, each statement on whichever connection is free. On PostgreSQL one whose connection
    /// is lost is run again.
    pub(crate) fn reading(&self) -> Connection {
        match self {
            Self::Sqlite { read, .. } => Connection::AnySqlite(read.clone()),
            Self::Postgres { pool, .. } => Connection::AnyPostgres(pool.clone()),
        }
    }

    /// The same for statements that write, and that change nothing when they are run again. `None`
    /// where the state is only read.
    /// On SQLite they share a transaction with others who write at the same time.
    pub(crate) fn writing(&self, place: &Arc<str>) -> Option<Connection> {
        match self {
            Self::Sqlite { write: None, .. } => None,
            Self::Sqlite { .. } => {
                let (db, place) = (self.clone(), Arc::clone(place));
                Some(Connection::Shared { db, place })
            }
            Self::Postgres { writes: false, .. } => None,
            Self::Postgres { pool, .. } => Some(Connection::AnyPostgres(pool.clone())),
        }
    }

    /// A transaction in which all reads see the same moment.
    pub(crate) async fn begin_read(&self) -> Result<Connection, sqlx::Error> {
        match self {
            Self::Sqlite { read, .. } => Ok(Connection::Sqlite(read.begin().await?)),
            Self::Postgres { pool, .. } => {
                let begun = PostgresTransaction::begin(pool, BEGIN_READ).await?;
                Ok(Connection::Postgres(begun))
            }
        }
    }

    /// A transaction that writes. `None` where the state is only read.
    pub(crate) async fn begin_write(&self) -> Result<Option<Connection>, sqlx::Error> {
        match self {
            Self::Sqlite { write: None, .. } | Self::Postgres { writes: false, .. } => Ok(None),
            Self::Sqlite {
                write: Some(write), ..
            } => {
                let begun = write.begin_with(crate::sql::BEGIN_IMMEDIATE).await?;
                Ok(Some(Connection::Sqlite(begun)))
            }
            Self::Postgres { pool, .. } => {
                let begun = PostgresTransaction::begin(pool, BEGIN_WRITE).await?;
                Ok(Some(Connection::Postgres(begun)))
            }
        }
    }

    /// The transactions that writers share.
    pub(crate) fn groups(&self) -> &Groups {
        match self {
            Self::Sqlite { groups, .. } | Self::Postgres { groups, .. } => groups,
        }
    }

    /// Whether only this process can tell itself what it appended. PostgreSQL tells everybody.
    pub(crate) fn hints_itself(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                if let Some(write) = write {
                    write.close().await;
                }
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }
}
