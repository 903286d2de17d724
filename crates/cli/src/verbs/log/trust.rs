//! Checkpoints and keys that are given on the command line, and what is said of signatures.

use std::io::Read;
use std::path::Path;

use liftlock_ledger::{SavedCheckpoint, SignedCheckpointError, UNNAMED_ORIGIN, VerifierKey};
use liftlock_verbs::{Exit, Failure};

/// Reads a checkpoint from a file, or from standard input for `-`.
pub(crate) fn read_checkpoint(path: &Path) -> Result<SavedCheckpoint, Failure> {
    let name = shown(path);
    let text = read_text(path, SavedCheckpoint::BYTES_MAX)?;
    text.parse().map_err(|error: SignedCheckpointError| {
        Failure::usage(format!("{name} is not a checkpoint: {error}"))
    })
}

/// Reads a text of at most `limit` bytes from a file, or from standard input for `-`.
pub(super) fn read_text(path: &Path, limit: usize) -> Result<String, Failure> {
    let name = shown(path);
    let unreadable =
        |error: std::io::Error| Failure::usage(format!("{name} cannot be read: {error}"));
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(unreadable)?)
    };
    let mut text = String::new();
    source
        .take(limit as u64 + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() > limit {
        return Err(Failure::usage(format!(
            "{name} has over {limit} bytes, more than such a file can have"
        )));
    }
    Ok(text)
}

/// How a file is called in a message.
pub(super) fn shown(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "what was given on standard input".to_owned(),
        _ => path.display().to_string(),
    }
}

/// A log's key as it is given: itself, or the file it is in.
pub(crate) fn read_key(given: &str) -> Result<VerifierKey, Failure> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let path = Path::new(given);
    if !path.is_file() {
        let error = given.parse::<VerifierKey>().err();
        let why = error.map(|error| error.to_string()).unwrap_or_default();
        return Err(Failure::usage(format!(
            "{given:?} is neither a log's key nor a file: {why}"
        )));
    }
    let text = read_text(path, 4096)?;
    let key = text.trim().parse();
    key.map_err(|error| Failure::usage(format!("{given} does not hold a log's key: {error}")))
}

/// What is known of a checkpoint's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signature {
    /// By the key that is trusted.
    Good(String),
    /// It has none: from before logs had keys, or of a log without one.
    None,
    /// It has one, and no key to check it with was given.
    Unchecked(String),
}

impl Signature {
    /// A word for programs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Good(_) => "good",
            Self::None => "none",
            Self::Unchecked(_) => "not-checked",
        }
    }
}

/// Checks a checkpoint's signature. One of another log, by another key, or that does not fit ends
/// the command.
pub(super) fn check(
    saved: &SavedCheckpoint,
    key: Option<&VerifierKey>,
    what: &str,
) -> Result<Signature, Failure> {
    match (saved, key) {
        (SavedCheckpoint::Signed(signed), Some(key)) => match signed.verify(key) {
            Ok(_) => Ok(Signature::Good(key.name().to_owned())),
            Err(error) => Err(mismatch(format!("{what}: {error}"))),
        },
        (SavedCheckpoint::Signed(signed), None) => Ok(Signature::Unchecked(
            signed.signers().collect::<Vec<_>>().join(", "),
        )),
        (SavedCheckpoint::Unsigned(checkpoint), Some(key)) => {
            let origin = checkpoint.origin();
            if origin == key.name() || origin == UNNAMED_ORIGIN {
                Ok(Signature::None)
            } else {
                let name = key.name();
                Err(mismatch(format!(
                    "{what} is of the log {origin}, not of {name}"
                )))
            }
        }
        (SavedCheckpoint::Unsigned(_), None) => Ok(Signature::None),
    }
}

pub(super) fn mismatch(message: String) -> Failure {
    Failure::new(Exit::Mismatch, "ledger", message)
}
