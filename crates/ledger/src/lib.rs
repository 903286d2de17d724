//! The append-only log: canonical entries, RFC 6962 tree, tiles, checkpoints. No IO.
//!
//! An entry is canonical JSON ([`canonical`]); its leaf hash takes its place in a Merkle tree
//! ([`leaf_hash`], [`Frontier`]); a [`Checkpoint`] names a size and a root; [`InclusionProof`] and
//! [`ConsistencyProof`] tie entries and earlier checkpoints to it; [`tiles`] is how the tree is laid
//! out in files; [`Verifier`] recomputes all of it from the entries.

pub mod canonical;
mod checkpoint;
mod consistency;
mod float_check;
mod frontier;
mod hash;
mod inclusion;
mod proof;
pub mod tiles;
mod tree;
mod verify;

pub use canonical::{Canonical, CanonicalError};
pub use checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError, ORIGIN_BYTES_MAX};
pub use consistency::ConsistencyProof;
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError};
pub use inclusion::InclusionProof;
pub use proof::{PROOF_HASHES_MAX, ProofError};
pub use tree::{empty_root, leaf_hash, node_hash, root};
pub use verify::{Verifier, VerifyError, verify};
