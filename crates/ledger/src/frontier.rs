//! The right edge of the tree: enough to append without reading what came before.

use crate::{Hash, Subtree, empty_root, node_hash};

/// The roots of the perfect subtrees that make up a tree, largest first: one for each bit set in
/// its size. Appending and the root take at most 64 hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

/// Stored parts are not a frontier, or it is full.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The number of hashes does not belong to the size.
    #[error("a tree of {size} entries has {expected} subtree hashes, not {found}")]
    Count {
        /// The tree's size.
        size: u64,
        /// How many the size calls for.
        expected: u32,
        /// How many there are.
        found: usize,
    },
    /// The bytes are not whole hashes.
    #[error("{0} bytes are not a sequence of 32-byte hashes")]
    Bytes(usize),
}

impl Frontier {
    /// The frontier of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// A frontier kept as its size and hashes.
    ///
    /// # Errors
    /// [`FrontierError::Count`] where the number of hashes does not belong to the size.
    pub fn from_parts(size: u64, hashes: Vec<Hash>) -> Result<Self, FrontierError> {
        let expected = size.count_ones();
        if hashes.len() != expected as usize {
            return Err(FrontierError::Count {
                size,
                expected,
                found: hashes.len(),
            });
        }
        Ok(Self { size, hashes })
    }

    /// A frontier kept as its size and what [`Frontier::to_bytes`] gave.
    ///
    /// # Errors
    /// [`FrontierError`] where they are not of that size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, FrontierError> {
        let (chunks, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
        if !rest.is_empty() {
            return Err(FrontierError::Bytes(bytes.len()));
        }
        Self::from_parts(size, chunks.iter().copied().map(Hash::from_bytes).collect())
    }

    /// The hashes one after the other, largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes
            .iter()
            .flat_map(|hash| *hash.as_bytes())
            .collect()
    }

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, largest subtree first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a leaf: the subtrees it completes are merged.
    pub fn push(&mut self, leaf: Hash) {
        self.push_completing(leaf, |_, _| {});
    }

    /// As [`Self::push`], and shows each subtree that the leaf completes, the smallest first: the
    /// leaf itself is none of them.
    pub fn push_completing(&mut self, leaf: Hash, mut completed: impl FnMut(Subtree, Hash)) {
        let mut node = leaf;
        // Each trailing one bit of the size is a perfect subtree that this leaf completes.
        for level in 1..=self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                node = node_hash(&left, &node);
                let index = self.size >> level;
                let level = level as u8;
                completed(Subtree { level, index }, node);
            }
        }
        self.hashes.push(node);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        self.hashes
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }
}

impl Extend<Hash> for Frontier {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}
