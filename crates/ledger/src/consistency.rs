//! That a tree continues an earlier one (RFC 6962, section 2.1.2; RFC 9162, section 2.1.4).

use crate::tree::split;
use crate::{Hash, PROOF_HASHES_MAX, ProofError, empty_root, node_hash, root};

/// The hashes that lead to both the earlier and the later root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The earlier size.
    pub from: u64,
    /// The later size.
    pub to: u64,
    /// Nodes, the deepest first.
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// The proof that the tree over `leaves` continues that of its first `from` leaves. Empty for
    /// `from` 0 and for equal sizes.
    ///
    /// # Errors
    /// [`ProofError::Order`] where there are fewer than `from` leaves.
    pub fn generate(leaves: &[Hash], from: u64) -> Result<Self, ProofError> {
        let to = leaves.len() as u64;
        let count = usize::try_from(from)
            .ok()
            .filter(|count| *count <= leaves.len());
        let count = count.ok_or(ProofError::Order { from, to })?;
        let path = if count == 0 {
            Vec::new()
        } else {
            subproof(leaves, count, true)
        };
        Ok(Self { from, to, path })
    }

    /// Checks that the tree of [`Self::to`] entries with root `later` begins with the
    /// [`Self::from`] entries of root `earlier`. The sizes must be the trusted checkpoints'.
    ///
    /// # Errors
    /// [`ProofError`] where the proof does not lead to both roots.
    pub fn verify(&self, earlier: &Hash, later: &Hash) -> Result<(), ProofError> {
        if self.from > self.to {
            return Err(ProofError::Order {
                from: self.from,
                to: self.to,
            });
        }
        let wrong = ProofError::Length {
            found: self.path.len(),
        };
        if self.from == 0 || self.from == self.to {
            return self.verify_trivial(earlier, later, wrong);
        }
        if self.path.len() > PROOF_HASHES_MAX {
            return Err(wrong);
        }
        let (mut place, mut last) = (self.from - 1, self.to - 1);
        let shift = place.trailing_ones();
        (place, last) = (place >> shift, last >> shift);
        // A perfect earlier tree is itself the first node, so the proof leaves it out.
        let (first, rest) = if self.from.is_power_of_two() {
            (earlier, self.path.as_slice())
        } else {
            self.path.split_first().ok_or_else(|| wrong.clone())?
        };
        let (mut old, mut new) = (*first, *first);
        for node in rest {
            if last == 0 {
                return Err(wrong);
            }
            if place & 1 == 1 || place == last {
                (old, new) = (node_hash(node, &old), node_hash(node, &new));
                while place & 1 == 0 && place != 0 {
                    (place, last) = (place >> 1, last >> 1);
                }
            } else {
                new = node_hash(&new, node);
            }
            (place, last) = (place >> 1, last >> 1);
        }
        match (last, old == *earlier, new == *later) {
            (0, true, true) => Ok(()),
            (0, false, _) => Err(ProofError::EarlierRoot),
            (0, true, false) => Err(ProofError::Root),
            _ => Err(wrong),
        }
    }

    fn verify_trivial(
        &self,
        earlier: &Hash,
        later: &Hash,
        wrong: ProofError,
    ) -> Result<(), ProofError> {
        if !self.path.is_empty() {
            return Err(wrong);
        }
        if self.from == 0 && *earlier != empty_root() {
            return Err(ProofError::EarlierRoot);
        }
        if self.from == self.to && earlier != later {
            return Err(ProofError::Root);
        }
        Ok(())
    }
}

/// `whole` is true while the subtree is one of the earlier tree's own: its root is then known.
fn subproof(leaves: &[Hash], count: usize, whole: bool) -> Vec<Hash> {
    if count == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![root(leaves)]
        };
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut hashes, sibling) = if count <= at {
        (subproof(left, count, whole), root(right))
    } else {
        (subproof(right, count - at, false), root(left))
    };
    hashes.push(sibling);
    hashes
}
