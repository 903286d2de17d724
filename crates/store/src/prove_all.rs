//! Several proofs against one checkpoint.

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{
    Checkpoint, ConsistencyProof, Continuation, Hash, InclusionProof, ProofError, ProofFile,
    SavedCheckpoint, Seal, SignedCheckpoint, SigningKey, Subtree,
};

use crate::database::DatabaseStore;
use crate::db::Connection;
use crate::failure::Failure;
use crate::prove::ProveError;
use crate::read::{head, page};
use crate::subtrees;

/// What is proven of a ledger, all against the same checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// That checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// The entries, in the order in which they were asked for.
    pub entries: Vec<ProofFile>,
    /// That the ledger continues the earlier checkpoints.
    pub continued: Vec<Continuation>,
}

impl DatabaseStore {
    /// The proofs that the entries at `seqs` are in the ledger as it is now, and that it continues
    /// each of `earlier`, under one checkpoint signed with `key`.
    ///
    /// # Errors
    /// [`ProveError`].
    pub async fn prove_all(
        &self,
        seqs: &[u64],
        earlier: &[Checkpoint],
        key: &SigningKey,
    ) -> Result<Proven, ProveError> {
        let fail = self.fail("proving entries");
        // One transaction, so that all proofs are of the same moment.
        let mut read = self.begin_read(fail).await?;
        let head = head(&mut read, fail).await?;
        let size = head.frontier.size();
        let SavedCheckpoint::Signed(checkpoint) = Seal::Signed(key).seal(size, head.root)? else {
            return Err(fail.other("the checkpoint was not signed").into());
        };
        let mut entries = Vec::with_capacity(seqs.len());
        for &seq in seqs {
            let subtrees = InclusionProof::subtrees(seq, size)
                .map_err(|_: ProofError| ProveError::Entry { seq, size })?;
            let rows = page(&mut read, seq, 1, fail).await?;
            let row = rows.into_iter().find(|row| row.entry.seq == seq);
            let row = row.ok_or_else(|| fail.damaged(format!("entry {seq} is missing")))?;
            let path = hashes(&mut read, subtrees, fail).await?;
            let proof = InclusionProof::from_subtrees(seq, size, &path);
            let file = ProofFile::make(row.entry.bytes, proof, checkpoint.clone());
            // What was changed in what is kept ends here: no file is made that proves nothing.
            entries.push(file.map_err(|source| ProveError::Changed { seq, source })?);
        }
        let mut continued = Vec::with_capacity(earlier.len());
        for earlier in earlier {
            let from = earlier.size();
            let subtrees = ConsistencyProof::subtrees(from, size)
                .map_err(|_| ProveError::Later { from, size })?;
            let path = hashes(&mut read, subtrees, fail).await?;
            let proof = ConsistencyProof::from_subtrees(from, size, &path);
            let made = Continuation::make(earlier, proof, checkpoint.clone());
            continued.push(made.map_err(|source| ProveError::Fork { from, source })?);
        }
        Ok(Proven {
            checkpoint,
            entries,
            continued,
        })
    }
}

/// The roots of perfect subtrees, list by list.
async fn hashes(
    read: &mut Connection,
    wanted: Vec<Vec<Subtree>>,
    fail: Failure<'_>,
) -> Result<Vec<Vec<Hash>>, StoreError> {
    let mut path = Vec::with_capacity(wanted.len());
    for parts in wanted {
        let mut hashes = Vec::with_capacity(parts.len());
        for part in parts {
            hashes.push(subtrees::hash(read, part, fail).await?);
        }
        path.push(hashes);
    }
    Ok(path)
}
