//! Checkpoints (C2SP tlog-checkpoint): the unsigned note body.

use std::fmt;
use std::str::FromStr;

use crate::{Hash, HashError};

/// The longest origin, in bytes.
pub const ORIGIN_BYTES_MAX: usize = 255;

/// The longest checkpoint body: origin, 20 digits, 44 characters of base64, three line ends.
pub const CHECKPOINT_BYTES_MAX: usize = ORIGIN_BYTES_MAX + 20 + 44 + 3;

/// A ledger's size and root, under its name: `origin\nsize\nbase64 root\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
}

/// Why a text is not a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Longer than [`CHECKPOINT_BYTES_MAX`].
    #[error("a checkpoint has at most {CHECKPOINT_BYTES_MAX} bytes, this one {0}")]
    Size(usize),
    /// Not three lines, each with its line end.
    #[error("a checkpoint is exactly three lines: origin, size and root, each with a line end")]
    Lines,
    /// The origin is empty, too long, or has spaces at its ends or control characters.
    #[error(
        "an origin is 1 to {ORIGIN_BYTES_MAX} bytes, without control characters or spaces around it"
    )]
    Origin,
    /// The size is not a plain decimal number.
    #[error("the size is not a decimal number without leading zeros, up to 2^63-1")]
    Number,
    /// The root is not a hash.
    #[error("the root is not a hash")]
    Root(#[source] HashError),
}

impl Checkpoint {
    /// A checkpoint of the ledger named `origin`.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`] or [`CheckpointError::Number`] where a part is over its limits.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        let fits = (1..=ORIGIN_BYTES_MAX).contains(&origin.len());
        if !fits || origin.trim() != origin || origin.chars().any(char::is_control) {
            return Err(CheckpointError::Origin);
        }
        // Sizes are signed 64-bit numbers in most readers.
        i64::try_from(size).map_err(|_| CheckpointError::Number)?;
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// The ledger's name, like `liftlock.example.org/production`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub const fn root(&self) -> Hash {
        self.root
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        if text.len() > CHECKPOINT_BYTES_MAX {
            return Err(CheckpointError::Size(text.len()));
        }
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines.as_slice() else {
            return Err(CheckpointError::Lines);
        };
        let number: u64 = size.parse().map_err(|_| CheckpointError::Number)?;
        if number.to_string() != *size {
            return Err(CheckpointError::Number);
        }
        let root = Hash::from_base64(root).map_err(CheckpointError::Root)?;
        Self::new(origin, number, root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "example.org/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn a_checkpoint_is_written_as_it_was_read() {
        let checkpoint: Checkpoint = TEXT.parse().unwrap();
        assert_eq!(
            (checkpoint.origin(), checkpoint.size()),
            ("example.org/log", 7)
        );
        assert_eq!(checkpoint.to_string(), TEXT);
    }

    #[test]
    fn any_other_form_is_refused() {
        for bad in [
            String::new(),
            TEXT.trim_end().to_owned(),
            format!("{TEXT}\n"),
            format!("{TEXT}extension\n"),
            TEXT.replace('\n', "\r\n"),
            TEXT.replace("\n7\n", "\n07\n"),
            TEXT.replace("\n7\n", "\n+7\n"),
            TEXT.replace("\n7\n", "\n-7\n"),
            TEXT.replace("\n7\n", "\n9223372036854775808\n"),
            TEXT.replace("\n7\n", "\n18446744073709551616\n"),
            TEXT.replace("I=\n", "I\n"),
            TEXT.replace("example.org/log", ""),
            TEXT.replace("example.org/log", " example.org/log"),
            TEXT.replace("example.org/log", "example\u{7}"),
            TEXT.replace("example.org/log", &"o".repeat(ORIGIN_BYTES_MAX + 1)),
            TEXT.replace("example.org/log", &"o".repeat(100_000)),
        ] {
            assert!(bad.parse::<Checkpoint>().is_err(), "{bad:.80?}");
        }
    }
}
