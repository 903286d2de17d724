//! Proofs, made here out of tiles of hashes: one that is made leads to the signed checkpoint.

use std::collections::HashMap;

use liftlock_ledger::tiles::{TILE_WIDTH, TileKind, TilePath};
use liftlock_ledger::{
    Checkpoint, ConsistencyProof, Continuation, Hash, InclusionProof, ProofFile, Subtree, root,
};
use liftlock_store::ProveError;
use liftlock_verbs::Failure;

use super::{Own, RemoteLedger, changed};
use crate::verbs::log::prove_failure;

/// Makes proofs, and keeps the tiles that it has read.
pub(crate) struct Proving<'l> {
    ledger: &'l RemoteLedger<'l>,
    tiles: HashMap<TilePath, Vec<Hash>>,
}

impl<'l> Proving<'l> {
    pub(crate) fn of(ledger: &'l RemoteLedger<'_>) -> Self {
        Self {
            ledger,
            tiles: HashMap::new(),
        }
    }

    /// The proof that an entry is at its place.
    pub(crate) async fn entry(&mut self, own: &Own) -> Result<ProofFile, Failure> {
        let (seq, size) = (own.seq, self.ledger.checkpoint().size());
        let subtrees = InclusionProof::subtrees(seq, size)
            .map_err(|_| prove_failure(ProveError::Entry { seq, size }))?;
        let proof = InclusionProof::from_subtrees(seq, size, &self.path(subtrees).await?);
        let file = ProofFile::make(own.bytes.clone(), proof, self.ledger.signed.clone());
        file.map_err(|source| prove_failure(ProveError::Changed { seq, source }))
    }

    /// The proof that the ledger continues an earlier checkpoint.
    pub(crate) async fn continued(
        &mut self,
        earlier: &Checkpoint,
    ) -> Result<Continuation, Failure> {
        let (from, size) = (earlier.size(), self.ledger.checkpoint().size());
        let subtrees = ConsistencyProof::subtrees(from, size)
            .map_err(|_| prove_failure(ProveError::Later { from, size }))?;
        let proof = ConsistencyProof::from_subtrees(from, size, &self.path(subtrees).await?);
        let made = Continuation::make(earlier, proof, self.ledger.signed.clone());
        made.map_err(|source| prove_failure(ProveError::Fork { from, source }))
    }

    async fn path(&mut self, wanted: Vec<Vec<Subtree>>) -> Result<Vec<Vec<Hash>>, Failure> {
        let mut path = Vec::with_capacity(wanted.len());
        for parts in wanted {
            let mut hashes = Vec::with_capacity(parts.len());
            for part in parts {
                hashes.push(self.hash(part).await?);
            }
            path.push(hashes);
        }
        Ok(path)
    }

    /// The root of a perfect subtree: of some hashes that are beside each other in one tile.
    async fn hash(&mut self, subtree: Subtree) -> Result<Hash, Failure> {
        let (level, height) = (subtree.level / 8, subtree.level % 8);
        let first = subtree.index << height;
        let index = first / TILE_WIDTH;
        let there = self.ledger.checkpoint().size() >> (8 * level);
        let width = there.saturating_sub(index * TILE_WIDTH).min(TILE_WIDTH);
        let path = TilePath::new(TileKind::Hashes { level }, index, width);
        let path = path.ok_or_else(|| changed("a proof is of what is not in the ledger"))?;
        if !self.tiles.contains_key(&path) {
            let bytes = self.ledger.tile(path).await?;
            let hashes = bytes.chunks(Hash::BYTES).map(Hash::from_slice);
            let hashes = hashes.collect::<Result<Vec<_>, _>>();
            let hashes = hashes.map_err(|error| changed(format!("{path}: {error}")))?;
            self.tiles.insert(path, hashes);
        }
        let from = usize::try_from(first % TILE_WIDTH).unwrap_or_default();
        let hashes = self
            .tiles
            .get(&path)
            .and_then(|all| all.get(from..from + (1 << height)));
        let hashes = hashes.ok_or_else(|| changed(format!("{path} is too short")))?;
        Ok(root(hashes))
    }
}
