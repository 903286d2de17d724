//! The public half of a key that signs notes.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The longest name of a key, in bytes: what an origin may have at most.
pub const KEY_NAME_BYTES_MAX: usize = crate::ORIGIN_BYTES_MAX;

/// The signature type of Ed25519 (C2SP signed-note, "Signature types").
pub(super) const ED25519_TYPE: u8 = 1;

/// An Ed25519 key that notes are checked with: `name+id+base64(type || key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    public: [u8; 32],
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not the three parts.
    #[error("a log's key is NAME+ID+KEY, as `liftlock log key` prints it")]
    Form,
    /// A name that no key may have.
    #[error(
        "a key's name is 1 to {KEY_NAME_BYTES_MAX} bytes without spaces, control characters or `+`"
    )]
    Name,
    /// Another kind of key.
    #[error("only Ed25519 keys are known here")]
    Algorithm,
    /// The id is another's.
    #[error("the key's id is not that of its name and key: one of them was changed")]
    Id,
    /// The key's bytes are none.
    #[error("the key's bytes are not an Ed25519 key")]
    Bytes,
}

impl VerifierKey {
    /// The key named `name`.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let id = id(name, &public);
        let name = name.to_owned();
        Ok(Self { name, id, public })
    }

    /// The name, which is also the origin of the log that signs with it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the SHA-256 over name, type and key.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The key as RFC 8032 writes it.
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Whether `signature` is this key's over `text`.
    pub(super) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(text, signature)
            .is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_TYPE], self.public.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        // A base64 text may hold `+`, a name and an id may not.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        let public = bytes_of(key)?;
        let made = Self::new(name, public)?;
        if format!("{:08x}", made.id) == id {
            Ok(made)
        } else {
            Err(KeyError::Id)
        }
    }
}

/// The 32 bytes of a key after its type.
pub(super) fn bytes_of(encoded: &str) -> Result<[u8; 32], KeyError> {
    // 33 bytes are 44 characters: nothing longer is decoded.
    if encoded.len() != 44 {
        return Err(KeyError::Form);
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| KeyError::Form)?;
    match bytes.split_first() {
        Some((&ED25519_TYPE, key)) => key.try_into().map_err(|_| KeyError::Bytes),
        Some(_) => Err(KeyError::Algorithm),
        None => Err(KeyError::Form),
    }
}

/// The key id (C2SP signed-note, "Signatures").
fn id(name: &str, public: &[u8; 32]) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update([b'\n', ED25519_TYPE]);
    hasher.update(public);
    let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
    u32::from_be_bytes([a, b, c, d])
}

/// Whether a key may have this name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=KEY_NAME_BYTES_MAX).contains(&name.len())
        && !name.contains('+')
        && !name.chars().any(|c| c.is_whitespace() || c.is_control())
}
