//! Checkpoints with the log's signature (C2SP tlog-checkpoint), and those saved before there was one.

use std::fmt;
use std::str::FromStr;

use crate::note::{NoteError, SignedNote, SigningKey, VerifierKey};
use crate::{Checkpoint, CheckpointError};

/// The origin of a log without a key, and of the checkpoints saved before logs had keys.
pub const UNNAMED_ORIGIN: &str = "liftlock/state";

/// A checkpoint as a signed note. Its name, size and root are not to be believed before
/// [`Self::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: SignedNote,
}

/// Why a signed checkpoint is none, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedCheckpointError {
    /// Not a signed note, or not signed by the trusted key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note's text is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The key signs for another log.
    #[error("it is of the log {found}, and the key signs for {expected}")]
    Origin {
        /// The key's name.
        expected: String,
        /// The checkpoint's origin.
        found: String,
    },
}

impl SignedCheckpoint {
    /// Signs a checkpoint of the log that `key` is named after.
    ///
    /// # Errors
    /// [`SignedCheckpointError`], `Origin` where the checkpoint is another log's.
    pub fn sign(checkpoint: Checkpoint, key: &SigningKey) -> Result<Self, SignedCheckpointError> {
        check_origin(&checkpoint, key.verifier())?;
        let note = SignedNote::sign(&checkpoint.to_string(), key)?;
        Ok(Self { checkpoint, note })
    }

    /// Checks that the log's own key signed it, and gives what it says.
    ///
    /// # Errors
    /// [`SignedCheckpointError`].
    pub fn verify(&self, key: &VerifierKey) -> Result<&Checkpoint, SignedCheckpointError> {
        self.note.verify(key)?;
        check_origin(&self.checkpoint, key)?;
        Ok(&self.checkpoint)
    }

    /// What it says, not yet believed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Who signed, as the lines say.
    pub fn signers(&self) -> impl Iterator<Item = String> {
        self.note.signers()
    }
}

fn check_origin(checkpoint: &Checkpoint, key: &VerifierKey) -> Result<(), SignedCheckpointError> {
    if checkpoint.origin() == key.name() {
        return Ok(());
    }
    Err(SignedCheckpointError::Origin {
        expected: key.name().to_owned(),
        found: checkpoint.origin().to_owned(),
    })
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl FromStr for SignedCheckpoint {
    type Err = SignedCheckpointError;

    fn from_str(text: &str) -> Result<Self, SignedCheckpointError> {
        let note: SignedNote = text.parse()?;
        let checkpoint = note.text().parse()?;
        Ok(Self { checkpoint, note })
    }
}

/// A checkpoint as someone kept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedCheckpoint {
    /// With signatures.
    Signed(SignedCheckpoint),
    /// The three lines alone: they say what a log must begin with, and not who said so.
    Unsigned(Checkpoint),
}

impl SavedCheckpoint {
    /// The longest one, in bytes.
    pub const BYTES_MAX: usize = crate::note::NOTE_BYTES_MAX;

    /// What it says. Signatures are not checked.
    pub const fn checkpoint(&self) -> &Checkpoint {
        match self {
            Self::Signed(signed) => signed.checkpoint(),
            Self::Unsigned(checkpoint) => checkpoint,
        }
    }
}

impl fmt::Display for SavedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(signed) => signed.fmt(f),
            Self::Unsigned(checkpoint) => checkpoint.fmt(f),
        }
    }
}

impl FromStr for SavedCheckpoint {
    type Err = SignedCheckpointError;

    fn from_str(text: &str) -> Result<Self, SignedCheckpointError> {
        if text.contains("\n\n") {
            text.parse().map(Self::Signed)
        } else {
            Ok(Self::Unsigned(text.parse()?))
        }
    }
}

/// How a log's checkpoints are made: signed by its key, or as three lines under a name.
#[derive(Debug, Clone, Copy)]
pub enum Seal<'a> {
    /// Signed; the origin is the key's name.
    Signed(&'a SigningKey),
    /// Unsigned, with this origin.
    Unsigned(&'a str),
}

impl Seal<'_> {
    /// The origin of what it makes.
    pub fn origin(&self) -> &str {
        match self {
            Self::Signed(key) => key.verifier().name(),
            Self::Unsigned(origin) => origin,
        }
    }

    /// Seals a size and a root.
    ///
    /// # Errors
    /// [`SignedCheckpointError`] where the origin or the size is over its limits, or signing fails.
    pub fn seal(
        &self,
        size: u64,
        root: crate::Hash,
    ) -> Result<SavedCheckpoint, SignedCheckpointError> {
        let checkpoint = Checkpoint::new(self.origin(), size, root)?;
        match self {
            Self::Signed(key) => {
                SignedCheckpoint::sign(checkpoint, key).map(SavedCheckpoint::Signed)
            }
            Self::Unsigned(_) => Ok(SavedCheckpoint::Unsigned(checkpoint)),
        }
    }
}
