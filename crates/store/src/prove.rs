//! Proof files, made from the state.

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{
    ContinuationError, ProofFile, ProofFileError, SignedCheckpointError, SigningKey,
};

use crate::database::DatabaseStore;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The ledger has no such entry.
    #[error("entry {seq} is not in the ledger, which has {size} entries, from 0")]
    Entry {
        /// The place asked for.
        seq: u64,
        /// The ledger's size.
        size: u64,
    },
    /// An earlier checkpoint has more entries than the ledger.
    #[error(
        "the checkpoint has {from} entries, and the ledger {size}: it is of another log, or this state was rolled back"
    )]
    Later {
        /// The checkpoint's size.
        from: u64,
        /// The ledger's.
        size: u64,
    },
    /// The ledger does not continue an earlier checkpoint.
    #[error("the checkpoint of {from} entries: {source}; verify the ledger")]
    Fork {
        /// The checkpoint's size.
        from: u64,
        /// Why.
        #[source]
        source: ContinuationError,
    },
    /// The checkpoint cannot be signed.
    #[error(transparent)]
    Checkpoint(#[from] SignedCheckpointError),
    /// What is kept does not lead to the ledger's root.
    #[error("what is kept of entry {seq} proves nothing: {source}; verify the ledger")]
    Changed {
        /// Its place.
        seq: u64,
        /// Why.
        #[source]
        source: ProofFileError,
    },
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DatabaseStore {
    /// The proof that the entry at `seq` is in the ledger as it is now, under a checkpoint signed
    /// with `key`. Reads some hundred hashes for each doubling of the ledger's size, at most.
    ///
    /// # Errors
    /// [`ProveError`].
    pub async fn prove(&self, seq: u64, key: &SigningKey) -> Result<ProofFile, ProveError> {
        let proven = self.prove_all(&[seq], &[], key).await?;
        let missing = || self.fail("proving an entry").other("no proof was made");
        let file = proven.entries.into_iter().next();
        file.ok_or_else(|| missing().into())
    }
}
