//! What is trusted by whoever reads an archive. Nothing of it comes from the archive.

use jiff::Timestamp;
use liftlock_attest::PublicKey;
use liftlock_ledger::{SavedCheckpoint, VerifierKey};

/// Keys and checkpoints that are given.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The keys that attestations are checked with.
    pub keys: Vec<PublicKey>,
    /// Whether each image has to be signed by one of them.
    pub must_be_signed: bool,
    /// The key of the ledger's checkpoints. Without it nothing is proven, only claimed.
    pub log_key: Option<VerifierKey>,
    /// A checkpoint of that ledger that is known already.
    pub pinned: Option<SavedCheckpoint>,
    /// Now: what has expired by then does not count.
    pub now: Timestamp,
}
