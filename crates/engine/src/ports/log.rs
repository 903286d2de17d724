//! The ledger, as the engine needs it beyond appending: where it was, and proofs out of it.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;

use liftlock_ledger::{Checkpoint, ProofFile};

/// What becomes of an operation.
pub type Logging<'a, T> = Pin<Box<dyn Future<Output = Result<T, LogError>> + Send + 'a>>;

/// A ledger with a name and a key of its own.
pub trait Log: Send + Sync {
    /// Where the ledger was when the entry at `seq` was its last.
    fn checkpoint(&self, seq: u64) -> Logging<'_, Checkpoint>;

    /// That the entries at these places are in the ledger: a proof file for each, all under one
    /// signed checkpoint of the ledger as it is now.
    fn prove<'a>(&'a self, places: &'a [u64]) -> Logging<'a, Vec<ProofFile>>;
}

/// Why the ledger cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {source}")]
pub struct LogError {
    /// What was asked.
    pub what: &'static str,
    /// Why not.
    pub source: Box<dyn StdError + Send + Sync>,
}

/// A promotion's proof as it is kept beside the ledger: a copy, which can be made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptProof {
    /// The promotion's id.
    pub promotion: String,
    /// The environment's name.
    pub environment: String,
    /// The proof file (C2SP tlog-proof) of the entry in which it was committed.
    pub committed: Vec<u8>,
    /// That of the entry in which it ended.
    pub ended: Vec<u8>,
    /// Whether it is beside the images, or belongs beside none: there is nothing left to do.
    pub settled: bool,
}
