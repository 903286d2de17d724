//! That an entry is in a log, as a file that needs nothing else (C2SP tlog-proof).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::note::VerifierKey;
use crate::{
    Hash, InclusionProof, PROOF_HASHES_MAX, PathLinesError, ProofError, SignedCheckpoint,
    SignedCheckpointError, leaf_hash, path_lines, tiles,
};

/// The longest proof file, in bytes: an entry in base64, the hashes, a signed checkpoint.
pub const PROOF_FILE_BYTES_MAX: usize = tiles::ENTRY_BYTES_MAX.div_ceil(3) * 4
    + PROOF_HASHES_MAX * 45
    + crate::note::NOTE_BYTES_MAX
    + 128;

/// The first line.
const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// The entry (as the format's `extra` data), where it is, the way to the root, and a signed
/// checkpoint with that root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    entry: Vec<u8>,
    index: u64,
    path: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// Why a proof file is none, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// Longer than [`PROOF_FILE_BYTES_MAX`].
    #[error("a proof file has at most {PROOF_FILE_BYTES_MAX} bytes, this one {0}")]
    Size(usize),
    /// Another first line.
    #[error("a proof file begins with the line `{FIRST_LINE}`")]
    Header,
    /// No entry.
    #[error("the proof file has no entry (`extra` and base64 in its second line)")]
    Entry,
    /// No index.
    #[error("the proof file has no line `index NUMBER`")]
    Index,
    /// The lines of the path.
    #[error("the proof file: {0}")]
    Path(#[from] PathLinesError),
    /// The part after the empty line.
    #[error("the checkpoint in the proof file: {0}")]
    Checkpoint(#[from] SignedCheckpointError),
    /// The entry is not in the log that the checkpoint is of.
    #[error("the entry is not in the log at that place: {0}")]
    Proof(#[from] ProofError),
}

impl ProofFile {
    /// The file for an entry. It is checked before it is made, so what is given away proves.
    ///
    /// # Errors
    /// [`ProofFileError::Proof`] where the proof does not lead from the entry to the checkpoint's
    /// root.
    pub fn make(
        entry: Vec<u8>,
        proof: InclusionProof,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, ProofFileError> {
        let file = Self {
            entry,
            index: proof.index,
            path: proof.path,
            checkpoint,
        };
        file.check_inclusion()?;
        Ok(file)
    }

    /// Checks the checkpoint's signature with the log's key, and that the entry is in its tree.
    /// Gives the entry. It was in the log at that checkpoint; what came later is not known.
    ///
    /// # Errors
    /// [`ProofFileError`].
    pub fn verify(&self, key: &VerifierKey) -> Result<&[u8], ProofFileError> {
        self.checkpoint.verify(key)?;
        self.check_inclusion()?;
        Ok(&self.entry)
    }

    /// The entry's place in the log, from 0.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The entry, not yet believed.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// The checkpoint, not yet believed.
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    fn check_inclusion(&self) -> Result<(), ProofError> {
        let checkpoint = self.checkpoint.checkpoint();
        let proof = InclusionProof {
            index: self.index,
            size: checkpoint.size(),
            path: self.path.clone(),
        };
        proof.verify(&leaf_hash(&self.entry), &checkpoint.root())
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        writeln!(f, "extra {}", STANDARD.encode(&self.entry))?;
        writeln!(f, "index {}", self.index)?;
        self.path
            .iter()
            .try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for ProofFile {
    type Err = ProofFileError;

    fn from_str(text: &str) -> Result<Self, ProofFileError> {
        if text.len() > PROOF_FILE_BYTES_MAX {
            return Err(ProofFileError::Size(text.len()));
        }
        let rest = text
            .strip_prefix(FIRST_LINE)
            .and_then(|r| r.strip_prefix('\n'));
        let rest = rest.ok_or(ProofFileError::Header)?;
        let (extra, rest) = line(rest).ok_or(ProofFileError::Entry)?;
        let encoded = extra.strip_prefix("extra ").ok_or(ProofFileError::Entry)?;
        let entry = STANDARD
            .decode(encoded)
            .map_err(|_| ProofFileError::Entry)?;
        let (index, rest) = line(rest).ok_or(ProofFileError::Index)?;
        let index = index.strip_prefix("index ").and_then(decimal);
        let index = index.ok_or(ProofFileError::Index)?;
        let (path, rest) = path_lines::read(rest)?;
        let checkpoint = rest.parse()?;
        Ok(Self {
            entry,
            index,
            path,
            checkpoint,
        })
    }
}

/// The first line, without its end, and what comes after it.
fn line(text: &str) -> Option<(&str, &str)> {
    text.split_once('\n')
}

/// A decimal number in the one form it has.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
