//! Signed notes (C2SP signed-note): text, and who signed it.

mod key;
mod signer;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use key::{KEY_NAME_BYTES_MAX, KeyError, VerifierKey};
pub use signer::{PRIVATE_KEY_BYTES_MAX, SigningKey};

/// The longest note that is read, in bytes.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;

/// The most signatures a note may have; the specification asks readers for at least 16.
pub const SIGNATURES_MAX: usize = 64;

/// How a signature line begins: an em dash and a space.
const LINE_START: &str = "\u{2014} ";

/// The longest signature, in bytes: post-quantum ones have nearly 5 kB.
const SIGNATURE_BYTES_MAX: usize = 8 * 1024;

/// Text with signatures, of which none is believed before [`Self::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

/// Why a note is none, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`NOTE_BYTES_MAX`].
    #[error("a signed note has at most {NOTE_BYTES_MAX} bytes, this one {0}")]
    Size(usize),
    /// Control characters, or no text, blank line and signatures.
    #[error("a signed note is text, an empty line and signature lines, without control characters")]
    Form,
    /// A line after the last empty one is no signature.
    #[error("line {0} of the signatures is not `\u{2014} NAME SIGNATURE`")]
    Line(usize),
    /// More than [`SIGNATURES_MAX`] signatures.
    #[error("a signed note has at most {SIGNATURES_MAX} signatures")]
    Count,
    /// Nobody signed it with the key that is trusted.
    #[error("it is not signed by {expected}; signed by: {found}")]
    Unsigned {
        /// The trusted key.
        expected: String,
        /// The keys that signed.
        found: String,
    },
    /// It bears the trusted key's name, and another signature than the key's.
    #[error("the signature of {0} does not fit the text: one of them was changed")]
    Signature(String),
    /// The text cannot be signed.
    #[error("the text cannot be signed with the key of {0}")]
    Signing(String),
}

impl SignedNote {
    /// Signs `text`, which ends with a line end.
    ///
    /// # Errors
    /// [`NoteError::Form`] for a text that no note can have, [`NoteError::Signing`].
    pub fn sign(text: &str, key: &SigningKey) -> Result<Self, NoteError> {
        if !is_text(text) {
            return Err(NoteError::Form);
        }
        let bytes = key
            .sign(text.as_bytes())
            .ok_or_else(|| NoteError::Signing(key.verifier().name().to_owned()))?;
        let signature = Signature {
            name: key.verifier().name().to_owned(),
            id: key.verifier().id(),
            bytes,
        };
        Ok(Self {
            text: text.to_owned(),
            signatures: vec![signature],
        })
    }

    /// The text, with its last line end. It is not to be believed before [`Self::verify`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who signed, as the lines say: `name+id`.
    pub fn signers(&self) -> impl Iterator<Item = String> {
        let signatures = self.signatures.iter();
        signatures.map(|signature| format!("{}+{:08x}", signature.name, signature.id))
    }

    /// Checks that `key` signed the text. Signatures of other keys say nothing, whatever name
    /// they bear; one of this key that does not fit spoils the note.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] or [`NoteError::Signature`].
    pub fn verify(&self, key: &VerifierKey) -> Result<&str, NoteError> {
        let signatures = self.signatures.iter();
        let mut own = signatures
            .filter(|signature| signature.name == key.name() && signature.id == key.id())
            .peekable();
        if own.peek().is_none() {
            return Err(NoteError::Unsigned {
                expected: format!("{}+{:08x}", key.name(), key.id()),
                found: self.signers().collect::<Vec<_>>().join(", "),
            });
        }
        for signature in own {
            if !key.verify(self.text.as_bytes(), &signature.bytes) {
                return Err(NoteError::Signature(key.name().to_owned()));
            }
        }
        Ok(&self.text)
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| {
            let bytes = [&signature.id.to_be_bytes(), signature.bytes.as_slice()].concat();
            let encoded = STANDARD.encode(bytes);
            writeln!(f, "{LINE_START}{} {encoded}", signature.name)
        })
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Size(note.len()));
        }
        // The last empty line ends the text, which may have empty lines itself.
        let end = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, lines) = (&note[..=end], &note[end + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        if !is_text(text) || lines.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::Form);
        }
        let signatures: Vec<Signature> = lines
            .split('\n')
            .zip(1..)
            .map(|(line, number)| signature(line).ok_or(NoteError::Line(number)))
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::Count);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }
}

fn is_text(text: &str) -> bool {
    text.len() > 1 && text.ends_with('\n') && text.chars().all(|c| c >= ' ' || c == '\n')
}

fn signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix(LINE_START)?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    let fits = key::is_name(name) && (1..=SIGNATURE_BYTES_MAX).contains(&bytes.len());
    fits.then(|| Signature {
        name: name.to_owned(),
        id: u32::from_be_bytes(*id),
        bytes: bytes.to_vec(),
    })
}
