//! The append-only log: canonical entries, RFC 6962 tree, tiles, checkpoints. No IO.
//!
//! An entry is canonical JSON ([`canonical`]); its leaf hash takes its place in a Merkle tree
//! ([`leaf_hash`], [`Frontier`]); a [`Checkpoint`] names a size and a root; [`InclusionProof`] and
//! [`ConsistencyProof`] tie entries and earlier checkpoints to it; [`tiles`] is how the tree is laid
//! out in files; [`Verifier`] recomputes all of it from the entries. A [`SignedCheckpoint`] is one
//! as a signed [`note`], and a [`ProofFile`] all that is needed to prove one entry.

pub mod canonical;
mod canonical_scan;
mod checkpoint;
mod consistency;
mod continuation;
mod float_check;
mod frontier;
mod hash;
mod inclusion;
mod nodes;
pub mod note;
mod path_lines;
mod proof;
mod proof_file;
mod signed_checkpoint;
pub mod tiles;
mod tree;
mod verify;

pub use canonical::{Canonical, CanonicalError};
pub use checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError, ORIGIN_BYTES_MAX};
pub use consistency::ConsistencyProof;
pub use continuation::{CONTINUATION_BYTES_MAX, Continuation, ContinuationError};
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError};
pub use inclusion::InclusionProof;
pub use nodes::Subtree;
pub use note::{NoteError, SignedNote, SigningKey, VerifierKey};
pub use path_lines::PathLinesError;
pub use proof::{PROOF_HASHES_MAX, ProofError};
pub use proof_file::{PROOF_FILE_BYTES_MAX, ProofFile, ProofFileError};
pub use signed_checkpoint::{
    SavedCheckpoint, Seal, SignedCheckpoint, SignedCheckpointError, UNNAMED_ORIGIN,
};
pub use tree::{empty_root, leaf_hash, node_hash, root};
pub use verify::{Verifier, VerifyError, verify};
