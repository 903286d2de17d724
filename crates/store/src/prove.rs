//! Proof files, made from the state.

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{
    ContinuationError, Hash, InclusionProof, ProofError, ProofFile, ProofFileError,
    SavedCheckpoint, Seal, SignedCheckpointError, SigningKey, Subtree, root,
};
use sqlx::{Sqlite, SqliteConnection};

use crate::failure::Failure;
use crate::read::{head, integer, page};
use crate::sql;
use crate::sqlite::SqliteStore;

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

impl SqliteStore {
    /// The proof that the entry at `seq` is in the ledger as it is now, under a checkpoint signed
    /// with `key`.
    ///
    /// # Errors
    /// [`ProveError`].
    pub async fn prove(&self, seq: u64, key: &SigningKey) -> Result<ProofFile, ProveError> {
        let fail = self.fail("proving an entry");
        let mut read = self.read.begin().await.map_err(|e| fail.sql(e))?;
        let head = head(&mut read, fail).await?;
        let size = head.frontier.size();
        let subtrees = InclusionProof::subtrees(seq, size)
            .map_err(|_: ProofError| ProveError::Entry { seq, size })?;
        let rows = page(&mut read, seq, 1, fail).await?;
        let row = rows.into_iter().find(|row| row.entry.seq == seq);
        let row = row.ok_or_else(|| fail.damaged(format!("entry {seq} is missing")))?;
        let mut path = Vec::with_capacity(subtrees.len());
        for parts in subtrees {
            let mut hashes = Vec::with_capacity(parts.len());
            for part in parts {
                hashes.push(subtree(&mut read, part, fail).await?);
            }
            path.push(hashes);
        }
        let proof = InclusionProof::from_subtrees(seq, size, &path);
        let SavedCheckpoint::Signed(checkpoint) = Seal::Signed(key).seal(size, head.root)? else {
            return Err(fail.other("the checkpoint was not signed").into());
        };
        ProofFile::make(row.entry.bytes, proof, checkpoint)
            .map_err(|source| ProveError::Changed { seq, source })
    }
}

/// How many leaves are read at once: a perfect subtree themselves.
const LEAVES: u64 = 1 << 12;

/// A perfect subtree's root, from its leaves.
pub(crate) async fn subtree(
    read: &mut SqliteConnection,
    part: Subtree,
    fail: Failure<'_>,
) -> Result<Hash, StoreError> {
    let (from, to) = part.leaves();
    let mut roots = Vec::new();
    let mut next = from;
    while next < to {
        let until = to.min(next + LEAVES);
        let leaves = sqlx::query_scalar::<Sqlite, Vec<u8>>(sql::LEAVES)
            .bind(integer(next, fail)?)
            .bind(integer(until, fail)?)
            .fetch_all(&mut *read)
            .await
            .map_err(|e| fail.sql(e))?;
        let leaves = leaves.iter().map(|leaf| Hash::from_slice(leaf));
        let leaves: Vec<Hash> = leaves
            .collect::<Result<_, _>>()
            .map_err(|e| fail.damaged(format!("the leaves from {next} on: {e}")))?;
        if leaves.len() as u64 != until - next {
            return Err(fail.damaged(format!("an entry from {next} on is missing")));
        }
        roots.push(root(&leaves));
        next = until;
    }
    // Equal perfect subtrees, a power of two of them: their root is one over their roots.
    Ok(root(&roots))
}
