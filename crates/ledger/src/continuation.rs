//! That a log continues an earlier checkpoint, as a text (the body of C2SP tlog-witness's
//! `add-checkpoint`).

use std::fmt;
use std::str::FromStr;

use crate::note::{NOTE_BYTES_MAX, VerifierKey};
use crate::proof_file::decimal;
use crate::{
    Checkpoint, ConsistencyProof, Hash, PROOF_HASHES_MAX, PathLinesError, ProofError,
    SignedCheckpoint, SignedCheckpointError, path_lines,
};

/// The longest continuation, in bytes: its first line, the hashes, a signed checkpoint.
pub const CONTINUATION_BYTES_MAX: usize = PROOF_HASHES_MAX * 45 + NOTE_BYTES_MAX + 64;

/// From which size the log went on, the way from that root to the later one, and the later
/// checkpoint, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    from: u64,
    path: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// Why a text is no continuation, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContinuationError {
    /// Longer than [`CONTINUATION_BYTES_MAX`].
    #[error("a continuation has at most {CONTINUATION_BYTES_MAX} bytes, this one {0}")]
    Size(usize),
    /// Another first line.
    #[error("a continuation begins with the line `old` and a size")]
    Old,
    /// The lines of the path.
    #[error("the continuation: {0}")]
    Path(#[from] PathLinesError),
    /// The part after the empty line.
    #[error("the checkpoint in the continuation: {0}")]
    Checkpoint(#[from] SignedCheckpointError),
    /// It is about another size than the checkpoint that is known.
    #[error("it goes on from {from} entries, and the checkpoint that is known has {known}")]
    OtherSize {
        /// Where it goes on from.
        from: u64,
        /// What is known.
        known: u64,
    },
    /// The later log does not begin with what the earlier checkpoint saw.
    #[error("the log does not continue the checkpoint that is known: {0}")]
    Proof(#[from] ProofError),
}

impl Continuation {
    /// How the log of `checkpoint` continues `earlier`. It is checked before it is made.
    ///
    /// # Errors
    /// [`ContinuationError::Proof`] where it does not.
    pub fn make(
        earlier: &Checkpoint,
        proof: ConsistencyProof,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, ContinuationError> {
        let continuation = Self {
            from: proof.from,
            path: proof.path,
            checkpoint,
        };
        continuation.check(earlier)?;
        Ok(continuation)
    }

    /// Checks the later checkpoint's signature with the log's key, and that its tree begins with
    /// that of `earlier`.
    ///
    /// # Errors
    /// [`ContinuationError`].
    pub fn verify(&self, earlier: &Checkpoint, key: &VerifierKey) -> Result<(), ContinuationError> {
        self.checkpoint.verify(key)?;
        self.check(earlier)
    }

    /// The size it goes on from.
    pub const fn from(&self) -> u64 {
        self.from
    }

    /// The later checkpoint, not yet believed.
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    fn check(&self, earlier: &Checkpoint) -> Result<(), ContinuationError> {
        let (from, known) = (self.from, earlier.size());
        if from != known {
            return Err(ContinuationError::OtherSize { from, known });
        }
        let later = self.checkpoint.checkpoint();
        let proof = ConsistencyProof {
            from,
            to: later.size(),
            path: self.path.clone(),
        };
        Ok(proof.verify(&earlier.root(), &later.root())?)
    }
}

impl fmt::Display for Continuation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.from)?;
        self.path
            .iter()
            .try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Continuation {
    type Err = ContinuationError;

    fn from_str(text: &str) -> Result<Self, ContinuationError> {
        if text.len() > CONTINUATION_BYTES_MAX {
            return Err(ContinuationError::Size(text.len()));
        }
        let (first, rest) = text.split_once('\n').ok_or(ContinuationError::Old)?;
        let from = first.strip_prefix("old ").and_then(decimal);
        let from = from.ok_or(ContinuationError::Old)?;
        let (path, rest) = path_lines::read(rest)?;
        let checkpoint = rest.parse()?;
        Ok(Self {
            from,
            path,
            checkpoint,
        })
    }
}
