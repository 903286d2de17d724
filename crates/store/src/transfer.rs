//! Moves a state into another database, with its ledger's root unchanged.
//!
//! All of it is one transaction: of a transfer that ended early nothing is there. What was kept as a
//! copy alone, snapshots and the roots of subtrees, is made anew.

mod beside;
mod ledger;
pub(crate) mod sql;

use liftlock_engine::ports::StoreError;
use liftlock_ledger::Hash;

use crate::database::DatabaseStore;
use crate::db::query;

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transferred {
    /// The ledger's entries.
    pub entries: u64,
    /// The ledger's root, as recomputed from them.
    pub root: Hash,
    /// Payloads.
    pub blobs: u64,
    /// Kept proofs of promotions.
    pub proofs: u64,
    /// Observations of checks.
    pub observations: u64,
    /// Tokens, sessions and the like.
    pub identities: u64,
}

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// There is something already.
    #[error("{place} is not empty, and nothing is moved into a state that holds something")]
    NotEmpty {
        /// The state that was to be written.
        place: String,
    },
    /// What was read is not what its ledger says.
    #[error("{place} is not what was recorded: {message}; `liftlock log verify` says more")]
    Changed {
        /// The state that was read.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// One of the two states failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DatabaseStore {
    /// Writes all that this state holds, as it is at one moment, into `to`, which holds nothing
    /// yet. Every entry's hash and the ledger's root are recomputed, and every payload's digest,
    /// before any of it counts. Pages are in memory, never all of it.
    ///
    /// What is appended here meanwhile or later is not there: let nobody write any more.
    ///
    /// # Errors
    /// [`TransferError`]; nothing was written then.
    pub async fn transfer(&self, to: &DatabaseStore) -> Result<Transferred, TransferError> {
        let from_fail = self.fail("reading the state");
        let to_fail = to.fail("writing the state");
        let read = self.begin_read(from_fail).await?;
        let mut write = to.begin_write(to_fail).await?;
        // Also keeps others from appending until the end.
        let head = ledger::lock_empty(&mut write, to_fail).await?;
        let mut transfer = Transfer {
            read,
            write,
            from: from_fail,
            to: to_fail,
        };
        let (entries, root) = transfer.ledger(head).await?;
        let transferred = Transferred {
            entries,
            root,
            blobs: transfer.blobs().await?,
            proofs: transfer.proofs().await?,
            observations: transfer.observations().await?,
            identities: transfer.identities().await?,
        };
        transfer.hooks().await?;
        transfer.requests().await?;
        transfer.epochs().await?;
        transfer.write.commit().await.map_err(|e| to_fail.sql(e))?;
        Ok(transferred)
    }

    /// Whether the state holds nothing at all.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let fail = self.fail("reading the state");
        let rows = query(sql::ANY_ROW).one::<(i64,)>(&mut self.reading()).await;
        rows.map(|(rows,)| rows == 0).map_err(|e| fail.sql(e))
    }
}

/// A transfer under way.
struct Transfer<'t> {
    read: crate::db::Connection,
    write: crate::db::Connection,
    from: crate::failure::Failure<'t>,
    to: crate::failure::Failure<'t>,
}

impl Transfer<'_> {
    fn changed(&self, message: impl Into<String>) -> TransferError {
        TransferError::Changed {
            place: self.from.place.to_owned(),
            message: message.into(),
        }
    }
}
