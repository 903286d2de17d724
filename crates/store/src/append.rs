//! Appending to a stream and to the ledger, in one transaction, which others may share.

use std::pin::Pin;
use std::time::Duration;

use liftlock_engine::ports::{AppendError, Appended, ENTRY_BYTES_MAX, Fence, StoreError};
use liftlock_ledger::canonical;
use tokio::time::{Instant, sleep};

use crate::database::DatabaseStore;
use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::group::{Open, Turn};
use crate::growing::{NewEvent, put_events};
use crate::once::OpenRequest;
use crate::sql;

/// The most entries one append may hold.
pub const APPEND_ENTRIES_MAX: usize = 4096;

/// For how long an append is tried whose connection is lost, or whose transaction is taken back.
const APPEND_MAX: Duration = Duration::from_secs(15);

/// The pause before it is tried again.
const APPEND_PAUSE: Duration = Duration::from_millis(20);

/// The longest stream name, in bytes.
pub const STREAM_BYTES_MAX: usize = 512;

/// An append on its way.
type Once<'a> = Pin<Box<dyn Future<Output = Option<Result<Appended, AppendError>>> + Send + 'a>>;

impl DatabaseStore {
    /// Appends, also where a connection to PostgreSQL is lost over it, or the transaction is taken
    /// back by another who wrote in it: what is known not to have happened is done again.
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
            let what = (stream, expected, entries);
            // In a box: the futures of those who append would be nested deeper than the compiler goes.
            let once: Once<'_> = Box::pin(self.append_once(what, fence));
            if let Some(answer) = once.await {
                if answer.is_ok() {
                    self.appended(stream, entries);
                }
                return answer;
            }
            if start.elapsed() > APPEND_MAX {
                let lost = "connections were lost, or other writers failed, over it";
                return Err(self.fail("appending").unreachable(lost).into());
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

    /// Nothing where nothing of it is there, and it may be done again.
    async fn append_once(
        &self,
        what: (&str, u64, &[Vec<u8>]),
        fence: Option<&Fence>,
    ) -> Option<Result<Appended, AppendError>> {
        let fail = self.fail("appending");
        let mut turn = match self.turn(fail).await {
            Ok(turn) => turn,
            Err(error) => return Some(Err(error.into())),
        };
        let by = (fence, self.request.as_deref());
        let written = write_all(turn.open()?, what, by, fail).await;
        match &written {
            Err(AppendError::Store(StoreError::Unreachable { .. })) => return None,
            // Not known to leave the transaction as it was.
            Err(AppendError::Store(_)) => return Some(written),
            // Who was before in the same transaction may be why: it is told once that is kept.
            Ok(_) | Err(_) => {}
        }
        match turn.written(self.db.groups()).ended().await.is_kept() {
            Ok(true) => Some(written),
            Ok(false) => None,
            Err(error) => Some(Err(error.into())),
        }
    }

    async fn turn(&self, fail: Failure<'_>) -> Result<Turn, StoreError> {
        let turn = self.db.groups().enter(&self.db, &self.place).await;
        turn.map_err(|e| fail.sql(e))?
            .ok_or_else(|| self.only_read())
    }
}

/// All of an append but the ledger's new head, which is written at the transaction's end. What
/// refuses it is found before anything is written.
async fn write_all(
    open: &mut Open,
    (stream, expected, entries): (&str, u64, &[Vec<u8>]),
    (fence, request): (Option<&Fence>, Option<&OpenRequest>),
    fail: Failure<'_>,
) -> Result<Appended, AppendError> {
    check_fence(&mut open.write, fence, fail).await?;
    open.lock_ledger(fail).await?;
    // Only now, when nobody else appends.
    let version = query(sql::STREAM_VERSION)
        .bind(stream)
        .one::<(i64,)>(&mut open.write)
        .await;
    let (actual,) = version.map_err(|e| fail.sql(e))?;
    let actual = actual.cast_unsigned();
    if actual != expected {
        return Err(AppendError::Conflict { expected, actual });
    }
    let missing = || fail.other("the ledger's head was not read");
    let appending = open.appending.as_mut().ok_or_else(missing)?;
    if let Some(request) = request.filter(|_| !entries.is_empty()) {
        let next = appending.ledger.frontier.size();
        request.note(&mut open.write, next, fail).await?;
    }
    let events = (expected + 1..).zip(entries);
    let events: Vec<NewEvent<'_>> = events
        .map(|(version, entry)| appending.ledger.event(stream, version, entry))
        .collect();
    if !events.is_empty() {
        put_events(&mut open.write, &events, fail).await?;
        appending.streams.insert(stream.to_owned());
    }
    Ok(Appended {
        version: expected + entries.len() as u64,
        ledger_size: appending.ledger.frontier.size(),
    })
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
