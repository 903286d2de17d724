//! Which perfect subtrees a proof is made of, so that it can be made without all leaves in memory.

use crate::{ConsistencyProof, Hash, InclusionProof, ProofError, node_hash};

/// A perfect subtree: the leaves from `index << level` on, `1 << level` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// Its height; 0 is a leaf.
    pub level: u8,
    /// Its place among the subtrees of its height, from 0.
    pub index: u64,
}

impl Subtree {
    /// The first leaf, and the one after the last.
    pub const fn leaves(&self) -> (u64, u64) {
        let first = self.index << self.level;
        (first, first + (1 << self.level))
    }
}

impl InclusionProof {
    /// For each hash of the proof's path, the perfect subtrees it is folded from, left to right.
    ///
    /// # Errors
    /// [`ProofError::Index`] where there is no such leaf.
    pub fn subtrees(index: u64, size: u64) -> Result<Vec<Vec<Subtree>>, ProofError> {
        if index >= size || size > i64::MAX as u64 {
            return Err(ProofError::Index { index, size });
        }
        let mut path = Vec::new();
        let (mut from, mut to) = (0, size);
        while to - from > 1 {
            // The left part is the largest power of two that is smaller than the whole.
            let at = from + (1 << (to - from - 1).ilog2());
            let sibling = if index < at { (at, to) } else { (from, at) };
            (from, to) = if index < at { (from, at) } else { (at, to) };
            path.push(perfect(sibling));
        }
        path.reverse();
        Ok(path)
    }

    /// The proof, from the hashes of [`Self::subtrees`]: one list for each of its lists.
    pub fn from_subtrees(index: u64, size: u64, hashes: &[Vec<Hash>]) -> Self {
        let path = hashes.iter().filter_map(|parts| fold(parts)).collect();
        Self { index, size, path }
    }
}

impl ConsistencyProof {
    /// For each hash of the proof's path, the perfect subtrees it is folded from, left to right.
    ///
    /// # Errors
    /// [`ProofError::Order`] where `from` is larger than `to`.
    pub fn subtrees(from: u64, to: u64) -> Result<Vec<Vec<Subtree>>, ProofError> {
        if from > to || to > i64::MAX as u64 {
            return Err(ProofError::Order { from, to });
        }
        let mut path = Vec::new();
        let (mut first, mut last) = (0, to);
        let mut whole = true;
        while from != 0 && from != last {
            let at = first + (1 << (last - first - 1).ilog2());
            if from <= at {
                path.push(perfect((at, last)));
                last = at;
            } else {
                path.push(perfect((first, at)));
                (first, whole) = (at, false);
            }
        }
        if !whole {
            path.push(perfect((first, last)));
        }
        path.reverse();
        Ok(path)
    }

    /// The proof, from the hashes of [`Self::subtrees`]: one list for each of its lists.
    pub fn from_subtrees(from: u64, to: u64, hashes: &[Vec<Hash>]) -> Self {
        let path = hashes.iter().filter_map(|parts| fold(parts)).collect();
        Self { from, to, path }
    }
}

/// The root over perfect subtrees that stand beside each other, each smaller than the one before.
fn fold(parts: &[Hash]) -> Option<Hash> {
    let right_first = parts.iter().rev().copied();
    right_first.reduce(|right, left| node_hash(&left, &right))
}

/// The perfect subtrees of a range that begins at a multiple of its largest one.
fn perfect((mut from, to): (u64, u64)) -> Vec<Subtree> {
    let mut parts = Vec::new();
    while from < to {
        let level = (to - from).ilog2();
        parts.push(Subtree {
            level: level as u8,
            index: from >> level,
        });
        from += 1 << level;
    }
    parts
}
