//! Single statements of SQLite in a transaction that others write in too.

use std::pin::Pin;
use std::sync::Arc;

use sqlx::SqliteConnection;
use tokio::time::Instant;

use super::run::AGAIN_MAX;
use super::{Connection, Db};
use crate::group::{Ended, Turn};

/// In a box: the futures of those who write would be nested deeper than the compiler goes.
pub(super) type Waiting<'s, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 's>>;

/// One statement on its way.
pub(super) struct Shared<'d> {
    db: &'d Db,
    place: &'d Arc<str>,
    begun: Instant,
}

impl<'d> Shared<'d> {
    pub(super) fn new(db: &'d Db, place: &'d Arc<str>) -> Self {
        let begun = Instant::now();
        Self { db, place, begun }
    }

    /// Waits for a turn.
    pub(super) fn turn(&self) -> Waiting<'_, Turn> {
        Box::pin(async {
            let turn = self.db.groups().enter(self.db, self.place).await?;
            turn.ok_or(sqlx::Error::WorkerCrashed)
        })
    }

    /// Whether what was written in a turn is there; `false` where it is to be written again.
    pub(super) fn is_kept(&self, turn: Turn) -> Waiting<'_, bool> {
        let written = turn.written(self.db.groups());
        Box::pin(async {
            match written.ended().await {
                Ended::Kept => Ok(true),
                Ended::Undone if self.begun.elapsed() < AGAIN_MAX => Ok(false),
                Ended::Undone => Err(failed("other writers fail over and over".to_owned())),
                Ended::Failed(error) => Err(failed(error.to_string())),
            }
        })
    }
}

/// Where the statement of a turn runs.
pub(super) fn place(turn: &mut Turn) -> Result<&mut SqliteConnection, sqlx::Error> {
    match turn.open().map(|open| &mut open.write) {
        Some(Connection::Sqlite(transaction)) => Ok(&mut *transaction),
        _ => Err(sqlx::Error::WorkerCrashed),
    }
}

fn failed(message: String) -> sqlx::Error {
    sqlx::Error::Protocol(message)
}
