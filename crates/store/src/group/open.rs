//! The open transaction, and its end.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use liftlock_engine::ports::StoreError;
use liftlock_ledger::Hash;
use tokio::time::{Instant, sleep};

use super::{End, Ended};
use crate::db::{Connection, Db, Value, is_lost, query};
use crate::failure::Failure;
use crate::growing::Growing;
use crate::read::Head;
use crate::sql;

/// How long is waited for the end of a transaction of which only that it was to end is known. The
/// server ends what is left of it in ten seconds.
const RESOLVE_MAX: Duration = Duration::from_secs(20);

/// How often the server is asked meanwhile.
const RESOLVE_PAUSE: Duration = Duration::from_millis(100);

/// An open transaction.
pub(crate) struct Open {
    pub(crate) write: Connection,
    /// What was appended; nothing before the first append.
    pub(crate) appending: Option<Appending>,
    pub(super) end: End,
    db: Db,
    place: Arc<str>,
}

/// What was appended in a transaction: the ledger's head is written at its end.
pub(crate) struct Appending {
    pub(crate) ledger: Growing,
    /// What PostgreSQL calls the transaction.
    transaction: String,
    /// The streams that were appended to.
    pub(crate) streams: BTreeSet<String>,
}

impl Open {
    pub(super) fn new(write: Connection, db: Db, place: Arc<str>) -> Self {
        Self {
            write,
            appending: None,
            end: Arc::new(OnceLock::new()),
            db,
            place,
        }
    }

    /// Takes the ledger's head, the last lock that an append takes: until the transaction's end no
    /// other process appends.
    ///
    /// # Errors
    /// [`StoreError`], `Damaged` where the last entry is not the one that the ledger ends with.
    pub(crate) async fn lock_ledger(&mut self, fail: Failure<'_>) -> Result<(), StoreError> {
        if self.appending.is_some() {
            return Ok(());
        }
        let row = query(sql::HEAD_LOCK)
            .optional::<(i64, Vec<u8>, Vec<u8>, String)>(&mut self.write)
            .await;
        let row = row.map_err(|e| fail.sql(e))?;
        let transaction = row.as_ref().map_or_else(String::new, |row| row.3.clone());
        let row = row.map(|(size, frontier, root, _)| (size, frontier, root));
        let head = Head::of(row, fail)?;
        check_last(&mut self.write, &head, fail).await?;
        self.appending = Some(Appending {
            ledger: Growing::new(head.frontier),
            transaction,
            streams: BTreeSet::new(),
        });
        Ok(())
    }

    /// Takes back all that was written.
    pub(super) fn undo(self) {
        // A transaction that is dropped is rolled back.
        _ = self.end.set(Ended::Undone);
    }

    /// Ends the transaction with all that was written.
    pub(super) async fn close(self) {
        let end = Arc::clone(&self.end);
        let ended = match self.keep().await {
            Ok(true) => Ended::Kept,
            Ok(false) => Ended::Undone,
            Err(error) => Ended::Failed(Arc::new(error)),
        };
        _ = end.set(ended);
    }

    /// Whether it was kept; `false` where nothing of it is there because the connection was lost.
    async fn keep(self) -> Result<bool, StoreError> {
        let Self {
            mut write,
            appending,
            db,
            place,
            ..
        } = self;
        let fail = Failure::new(&place, "writing");
        let transaction = appending.as_ref().map(|all| all.transaction.clone());
        if let Some(appending) = appending.filter(|appending| !appending.streams.is_empty()) {
            let finished = appending.ledger.finish(&mut write, fail).await;
            let told = match finished {
                Ok(_) => tell(&mut write, &appending.streams, fail).await,
                Err(error) => Err(error),
            };
            match told {
                Err(StoreError::Unreachable { .. }) => return Ok(false),
                told => told?,
            }
        }
        // On PostgreSQL all who write here append: where none came as far as the ledger's head, nothing
        // was written.
        let only_refused = transaction.is_none() && write.takes_lists();
        match (write.commit().await, transaction) {
            (Ok(()), _) => Ok(true),
            (Err(error), _) if is_lost(&error) && only_refused => Ok(false),
            (Err(error), Some(transaction)) if is_lost(&error) => {
                resolve(&db, &transaction, fail).await
            }
            (Err(error), _) => Err(fail.sql(error)),
        }
    }
}

/// Tells other processes which streams changed.
async fn tell(
    write: &mut Connection,
    streams: &BTreeSet<String>,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    if !write.takes_lists() {
        return Ok(());
    }
    let streams = streams.iter().cloned().collect();
    let changed = query(sql::CHANGED).bind(Value::Texts(streams));
    changed.execute(write).await.map_err(|e| fail.sql(e))?;
    Ok(())
}

/// Whether a transaction of PostgreSQL that was about to end has ended with what it did.
async fn resolve(db: &Db, transaction: &str, fail: Failure<'_>) -> Result<bool, StoreError> {
    let start = Instant::now();
    loop {
        let status = query(sql::TRANSACTION_STATUS).bind(transaction);
        let (status,) = match status.one::<(String,)>(&mut db.reading()).await {
            Ok(status) => status,
            Err(error) => return Err(fail.unknown(error.to_string())),
        };
        match status.as_str() {
            "committed" => return Ok(true),
            "aborted" => return Ok(false),
            // The server has not noticed yet that nobody is there.
            "in progress" if start.elapsed() < RESOLVE_MAX => sleep(RESOLVE_PAUSE).await,
            status => return Err(fail.unknown(format!("the server says: {status}"))),
        }
    }
}

/// Events taken off the end would otherwise be written over without a trace.
async fn check_last(
    write: &mut Connection,
    head: &Head,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let last = query(sql::LAST_EVENT)
        .optional::<(i64, Vec<u8>)>(write)
        .await;
    let last = last.map_err(|e| fail.sql(e))?;
    let (size, root) = match last {
        Some((seq, root)) => (seq.cast_unsigned() + 1, Hash::from_slice(&root).ok()),
        None => (0, Some(liftlock_ledger::empty_root())),
    };
    if size == head.frontier.size() && root == Some(head.root) {
        return Ok(());
    }
    Err(fail.damaged("the last entry is not the one the ledger ends with; verify the ledger"))
}
