//! Appending to a stream and to the ledger, in one transaction.

use std::time::Duration;

use liftlock_engine::ports::{AppendError, Appended, ENTRY_BYTES_MAX, Fence, StoreError};
use liftlock_ledger::{Frontier, Hash, canonical};
use tokio::time::{Instant, sleep};

use crate::database::DatabaseStore;
use crate::db::{Connection, is_lost, query};
use crate::failure::Failure;
use crate::growing::{Growing, NewEvent, put_events};
use crate::once::OpenRequest;
use crate::read::Head;
use crate::sql;

/// The most entries one append may hold.
pub const APPEND_ENTRIES_MAX: usize = 4096;

/// For how long an append is tried whose connection is lost.
const APPEND_MAX: Duration = Duration::from_secs(15);

/// The pause before it is tried again.
const APPEND_PAUSE: Duration = Duration::from_millis(20);

/// How long is waited for the end of a transaction of which only that it was to end is known. The
/// server ends what is left of it in ten seconds.
const RESOLVE_MAX: Duration = Duration::from_secs(20);

/// How often the server is asked meanwhile.
const RESOLVE_PAUSE: Duration = Duration::from_millis(100);

/// The longest stream name, in bytes.
pub const STREAM_BYTES_MAX: usize = 512;

/// What became of an append, as far as its connection says.
enum Outcome {
    Known(Result<Appended, AppendError>),
    /// The connection was lost before the transaction was to end: nothing of it is there.
    Lost(StoreError),
    /// It was lost while the transaction ended.
    Open {
        appended: Appended,
        transaction: String,
        error: StoreError,
    },
}

impl DatabaseStore {
    /// Appends, also where a connection to PostgreSQL is lost over it: what is known not to have
    /// happened is done again.
    pub(crate) async fn append_entries(
        &self,
        stream: &str,
        expected: u64,
        entries: &[Vec<u8>],
        fence: Option<&Fence>,
    ) -> Result<Appended, AppendError> {
        check_input(stream, entries, self.fail("appending"))?;
        let start = Instant::now();
        loop {
            let lost = match self.append_once(stream, expected, entries, fence).await {
                Outcome::Known(answer) => {
                    if answer.is_ok() {
                        self.appended(stream, entries);
                    }
                    return answer;
                }
                Outcome::Lost(error) => error,
                Outcome::Open {
                    appended,
                    transaction,
                    error,
                } => match self.transaction_is_there(&transaction).await? {
                    true => {
                        self.appended(stream, entries);
                        return Ok(appended);
                    }
                    false => error,
                },
            };
            if start.elapsed() > APPEND_MAX {
                return Err(lost.into());
            }
            sleep(APPEND_PAUSE).await;
        }
    }

    /// Tells those who wait for it, where PostgreSQL does not.
    fn appended(&self, stream: &str, entries: &[Vec<u8>]) {
        if let Some(request) = self.request.as_ref().filter(|_| !entries.is_empty()) {
            request.is_noted();
        }
        if self.db.hints_itself() {
            self.telling.tell(Some(stream));
        }
    }

    async fn append_once(
        &self,
        stream: &str,
        expected: u64,
        entries: &[Vec<u8>],
        fence: Option<&Fence>,
    ) -> Outcome {
        let fail = self.fail("appending");
        let mut write = match self.begin_write(fail).await {
            Ok(write) => write,
            Err(error) => return Outcome::Known(Err(error.into())),
        };
        let what = (stream, expected, entries);
        let by = (fence, self.request.as_deref());
        let (transaction, appended) = match write_all(&mut write, what, by, fail).await {
            Ok(done) => done,
            Err(AppendError::Store(error @ StoreError::Unreachable { .. })) => {
                return Outcome::Lost(error);
            }
            Err(error) => return Outcome::Known(Err(error)),
        };
        match write.commit().await {
            Ok(()) => Outcome::Known(Ok(appended)),
            Err(error) if is_lost(&error) => Outcome::Open {
                appended,
                transaction,
                error: fail.sql(error),
            },
            Err(error) => Outcome::Known(Err(fail.sql(error).into())),
        }
    }

    /// Whether a transaction of PostgreSQL that was about to end has ended with what it did.
    async fn transaction_is_there(&self, transaction: &str) -> Result<bool, StoreError> {
        let fail = self.fail("asking what became of an append");
        let start = Instant::now();
        loop {
            let status = query(sql::TRANSACTION_STATUS).bind(transaction);
            let (status,) = match status.one::<(String,)>(&mut self.reading()).await {
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
}

/// All of an append but its end: the transaction's name, and what it comes to.
async fn write_all(
    write: &mut Connection,
    (stream, expected, entries): (&str, u64, &[Vec<u8>]),
    (fence, request): (Option<&Fence>, Option<&OpenRequest>),
    fail: Failure<'_>,
) -> Result<(String, Appended), AppendError> {
    check_fence(write, fence, fail).await?;
    let row = query(sql::HEAD_LOCK)
        .optional::<(i64, Vec<u8>, Vec<u8>, String)>(write)
        .await;
    let row = row.map_err(|e| fail.sql(e))?;
    let transaction = row.as_ref().map_or_else(String::new, |row| row.3.clone());
    let head = Head::of(
        row.map(|(size, frontier, root, _)| (size, frontier, root)),
        fail,
    )?;
    // Only now, when nobody else appends.
    let version = query(sql::STREAM_VERSION)
        .bind(stream)
        .one::<(i64,)>(write)
        .await;
    let (actual,) = version.map_err(|e| fail.sql(e))?;
    let actual = actual.cast_unsigned();
    if actual != expected {
        return Err(AppendError::Conflict { expected, actual });
    }
    check_last(write, &head, fail).await?;
    if let Some(request) = request.filter(|_| !entries.is_empty()) {
        request.note(write, head.frontier.size(), fail).await?;
    }
    let frontier = insert(write, (stream, expected, entries), head, fail).await?;
    if !entries.is_empty() {
        let changed = query(sql::CHANGED).bind(stream);
        changed.execute(write).await.map_err(|e| fail.sql(e))?;
    }
    let appended = Appended {
        version: expected + entries.len() as u64,
        ledger_size: frontier.size(),
    };
    Ok((transaction, appended))
}

fn check_input(stream: &str, entries: &[Vec<u8>], fail: Failure<'_>) -> Result<(), AppendError> {
    if stream.is_empty() || stream.len() > STREAM_BYTES_MAX || stream.contains('\0') {
        let limits = format!("a stream's name has 1 to {STREAM_BYTES_MAX} bytes and no NUL");
        return Err(fail.other(limits).into());
    }
    if entries.len() > APPEND_ENTRIES_MAX {
        let found = entries.len();
        let limits = format!("{found} entries, over the limit of {APPEND_ENTRIES_MAX} an append");
        return Err(fail.other(limits).into());
    }
    for entry in entries {
        if entry.len() > ENTRY_BYTES_MAX {
            return Err(AppendError::Size { bytes: entry.len() });
        }
        // Once appended it could never be taken out, and the ledger would not verify.
        canonical::check(entry).map_err(|e| fail.other(e))?;
    }
    Ok(())
}

pub(crate) async fn check_fence(
    write: &mut Connection,
    fence: Option<&Fence>,
    fail: Failure<'_>,
) -> Result<(), AppendError> {
    let Some(fence) = fence else { return Ok(()) };
    let epoch = query(sql::LEASE_EPOCH).bind(&fence.name);
    let epoch = epoch.optional::<(i64,)>(write).await;
    let epoch = epoch.map_err(|e| fail.sql(e))?;
    if epoch.map(|(epoch,)| epoch.cast_unsigned()) == Some(fence.epoch) {
        return Ok(());
    }
    Err(AppendError::Fenced {
        name: fence.name.clone(),
    })
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

async fn insert(
    write: &mut Connection,
    (stream, expected, entries): (&str, u64, &[Vec<u8>]),
    head: Head,
    fail: Failure<'_>,
) -> Result<Frontier, StoreError> {
    let mut ledger = Growing::new(head.frontier);
    let events = (expected + 1..).zip(entries);
    let events: Vec<NewEvent<'_>> = events
        .map(|(version, entry)| ledger.event(stream, version, entry))
        .collect();
    if events.is_empty() {
        return Ok(ledger.frontier);
    }
    put_events(write, &events, fail).await?;
    ledger.finish(write, fail).await
}
