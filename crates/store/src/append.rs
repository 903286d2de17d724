//! Appending to a stream and to the ledger, in one transaction.

use liftlock_engine::ports::{AppendError, Appended, ENTRY_BYTES_MAX, Fence, StoreError};
use liftlock_ledger::{Frontier, Hash, canonical, leaf_hash};
use sqlx::{Sqlite, SqliteConnection};

use crate::failure::Failure;
use crate::read::{Head, head, integer};
use crate::sql;
use crate::sqlite::DatabaseStore;
use crate::subtrees;

/// The most entries one append may hold.
pub const APPEND_ENTRIES_MAX: usize = 4096;

/// The longest stream name, in bytes.
pub const STREAM_BYTES_MAX: usize = 512;

impl DatabaseStore {
    pub(crate) async fn append_entries(
        &self,
        stream: &str,
        expected: u64,
        entries: &[Vec<u8>],
        fence: Option<&Fence>,
    ) -> Result<Appended, AppendError> {
        let fail = self.fail("appending");
        check_input(stream, entries, fail)?;
        let sql_error = |e| AppendError::Store(fail.sql(e));
        // Dropped without a commit, the transaction is rolled back.
        let mut write = self
            .writer()?
            .begin_with(sql::BEGIN_WRITE)
            .await
            .map_err(sql_error)?;
        check_fence(&mut write, fence, fail).await?;
        let actual = sqlx::query_scalar::<Sqlite, i64>(sql::STREAM_VERSION)
            .bind(stream)
            .fetch_one(&mut *write)
            .await
            .map_err(sql_error)?
            .cast_unsigned();
        if actual != expected {
            return Err(AppendError::Conflict { expected, actual });
        }
        let head = head(&mut write, fail).await?;
        check_last(&mut write, &head, fail).await?;
        let frontier = insert(&mut write, stream, expected, entries, head, fail).await?;
        write.commit().await.map_err(sql_error)?;
        let version = expected + entries.len() as u64;
        Ok(Appended {
            version,
            ledger_size: frontier.size(),
        })
    }
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
    write: &mut SqliteConnection,
    fence: Option<&Fence>,
    fail: Failure<'_>,
) -> Result<(), AppendError> {
    let Some(fence) = fence else { return Ok(()) };
    let epoch = sqlx::query_scalar::<Sqlite, i64>(sql::LEASE_EPOCH)
        .bind(&fence.name)
        .fetch_optional(write)
        .await
        .map_err(|e| fail.sql(e))?;
    if epoch.map(i64::cast_unsigned) == Some(fence.epoch) {
        return Ok(());
    }
    Err(AppendError::Fenced {
        name: fence.name.clone(),
    })
}

/// Events taken off the end would otherwise be written over without a trace.
async fn check_last(
    write: &mut SqliteConnection,
    head: &Head,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let last = sqlx::query_as::<Sqlite, (i64, Vec<u8>)>(sql::LAST_EVENT)
        .fetch_optional(write)
        .await
        .map_err(|e| fail.sql(e))?;
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
    write: &mut SqliteConnection,
    stream: &str,
    expected: u64,
    entries: &[Vec<u8>],
    head: Head,
    fail: Failure<'_>,
) -> Result<Frontier, StoreError> {
    let mut frontier = head.frontier;
    let size = frontier.size();
    let mut completed = Vec::new();
    for (version, entry) in (expected + 1..).zip(entries) {
        let seq = frontier.size();
        let leaf = leaf_hash(entry);
        frontier.push_completing(leaf, |subtree, hash| {
            if subtrees::is_kept(subtree) {
                completed.push((subtree, hash));
            }
        });
        sqlx::query::<Sqlite>(sql::EVENT_INSERT)
            .bind(integer(seq, fail)?)
            .bind(stream)
            .bind(integer(version, fail)?)
            .bind(entry.as_slice())
            .bind(leaf.as_bytes().as_slice())
            .bind(frontier.root().as_bytes().as_slice())
            .execute(&mut *write)
            .await
            .map_err(|e| fail.sql(e))?;
    }
    if entries.is_empty() {
        return Ok(frontier);
    }
    subtrees::catch_up(write, size, fail).await?;
    for (subtree, hash) in completed {
        subtrees::keep(write, subtree, hash, fail).await?;
    }
    let updated = sqlx::query::<Sqlite>(sql::HEAD_UPDATE)
        .bind(integer(frontier.size(), fail)?)
        .bind(frontier.to_bytes())
        .bind(frontier.root().as_bytes().as_slice())
        .bind(integer(size, fail)?)
        .execute(write)
        .await
        .map_err(|e| fail.sql(e))?;
    if updated.rows_affected() == 1 {
        return Ok(frontier);
    }
    Err(fail.damaged("the ledger's head changed within a transaction"))
}
