//! What is wrong with a proof.

/// The most hashes a proof may hold: a tree of 2^63 entries needs 63, a consistency proof one more.
pub const PROOF_HASHES_MAX: usize = 64;

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry would lie beyond the tree's end.
    #[error("entry {index} is not in a tree of {size} entries")]
    Index {
        /// The entry's place.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// The earlier tree is larger than the later.
    #[error("a tree of {to} entries cannot continue one of {from}")]
    Order {
        /// The earlier size.
        from: u64,
        /// The later size.
        to: u64,
    },
    /// Not as many hashes as these sizes call for.
    #[error("the proof has {found} hashes, which is not what these sizes call for")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// The hashes do not lead to the root.
    #[error("the proof leads to another root than the checkpoint's")]
    Root,
    /// The hashes do not lead to the earlier root.
    #[error("the proof leads to another root than the earlier checkpoint's")]
    EarlierRoot,
}
