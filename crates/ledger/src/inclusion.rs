//! That an entry is in the tree (RFC 6962, section 2.1.1; RFC 9162, section 2.1.3).

use crate::tree::split;
use crate::{Hash, PROOF_HASHES_MAX, ProofError, node_hash, root};

/// The hashes that lead from a leaf to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The entry's place, from 0.
    pub index: u64,
    /// The size of the tree it is proven in.
    pub size: u64,
    /// Siblings on the way, the leaf's first.
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// The proof for the leaf at `index` of the tree over `leaves`; hashes each leaf once.
    ///
    /// # Errors
    /// [`ProofError::Index`] where there is no such leaf.
    pub fn generate(leaves: &[Hash], index: u64) -> Result<Self, ProofError> {
        let size = leaves.len() as u64;
        let place = usize::try_from(index)
            .ok()
            .filter(|place| *place < leaves.len());
        let place = place.ok_or(ProofError::Index { index, size })?;
        Ok(Self {
            index,
            size,
            path: path(leaves, place),
        })
    }

    /// Checks that `leaf` is at [`Self::index`] of the tree with this root. The size must be the
    /// trusted checkpoint's: compare it before, since a root alone does not fix a size.
    ///
    /// # Errors
    /// [`ProofError`] where the proof does not lead from the leaf to the root.
    pub fn verify(&self, leaf: &Hash, expected: &Hash) -> Result<(), ProofError> {
        if self.index >= self.size {
            return Err(ProofError::Index {
                index: self.index,
                size: self.size,
            });
        }
        let wrong = ProofError::Length {
            found: self.path.len(),
        };
        if self.path.len() > PROOF_HASHES_MAX {
            return Err(wrong);
        }
        let (mut place, mut last) = (self.index, self.size - 1);
        let mut node = *leaf;
        for sibling in &self.path {
            if last == 0 {
                return Err(wrong);
            }
            if place & 1 == 1 || place == last {
                node = node_hash(sibling, &node);
                // At the right edge, levels without a sibling are passed over.
                while place & 1 == 0 && place != 0 {
                    (place, last) = (place >> 1, last >> 1);
                }
            } else {
                node = node_hash(&node, sibling);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        if last != 0 {
            return Err(wrong);
        }
        if node == *expected {
            Ok(())
        } else {
            Err(ProofError::Root)
        }
    }
}

fn path(leaves: &[Hash], place: usize) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut hashes, sibling) = if place < at {
        (path(left, place), root(right))
    } else {
        (path(right, place - at), root(left))
    };
    hashes.push(sibling);
    hashes
}
