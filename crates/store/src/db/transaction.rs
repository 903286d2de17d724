//! A transaction on PostgreSQL that never gives a broken connection back to its pool.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{PgConnection, Postgres, raw_sql};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::run::{answered, is_lost};

/// Reads that all see the same moment. They may wait for who uses what they read, up to an hour:
/// they hold nobody up.
pub(crate) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL idle_in_transaction_session_timeout = '1h'";

/// What is written sees what others committed before each statement.
pub(crate) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// How long a rollback may take before the connection is closed instead.
const ROLLBACK_MAX: Duration = Duration::from_secs(5);

/// An open transaction.
pub(crate) struct PostgresTransaction {
    /// None once it has ended.
    connection: Option<PoolConnection<Postgres>>,
}

impl PostgresTransaction {
    /// Begins one, on another connection where the first was lost since it was last used.
    pub(crate) async fn begin(pool: &PgPool, how: &'static str) -> Result<Self, sqlx::Error> {
        super::run::again(|| async {
            let mut connection = super::run::free(pool).await?;
            match answered(raw_sql(how).execute(&mut *connection)).await {
                Ok(_) => Ok(Self {
                    connection: Some(connection),
                }),
                Err(error) => {
                    connection.close_on_drop();
                    Err(error)
                }
            }
        })
        .await
    }

    /// The connection to run statements on.
    pub(crate) fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.connection
            .as_deref_mut()
            .ok_or(sqlx::Error::WorkerCrashed)
    }

    /// A statement's answer; a connection that is lost is not used again.
    pub(crate) fn seen<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Err(error) = &answer
            && is_lost(error)
            && let Some(mut connection) = self.connection.take()
        {
            connection.close_on_drop();
        }
        answer
    }

    /// Ends it with all it did.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let connection = self.connection()?;
        let ended = answered(raw_sql("COMMIT").execute(connection)).await;
        self.seen(ended)?;
        self.connection = None;
        Ok(())
    }
}

impl Drop for PostgresTransaction {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            connection.close_on_drop();
            return;
        };
        runtime.spawn(async move {
            let rollback = raw_sql("ROLLBACK").execute(&mut *connection);
            if !matches!(timeout(ROLLBACK_MAX, rollback).await, Ok(Ok(_))) {
                connection.close_on_drop();
            }
        });
    }
}
