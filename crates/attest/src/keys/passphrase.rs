//! Passphrases.

use std::fmt;

use zeroize::Zeroizing;

use super::KeyError;

/// Longest passphrase in bytes.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;

/// What a private key is encrypted with; wiped from memory when it is dropped. It may be empty:
/// cosign writes such keys where there is nobody to ask.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes. Refuses more than [`PASSPHRASE_BYTES_MAX`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(bytes);
        match bytes.len() > PASSPHRASE_BYTES_MAX {
            true => Err(KeyError::LongPassphrase {
                max: PASSPHRASE_BYTES_MAX,
            }),
            false => Ok(Self(bytes)),
        }
    }

    /// Whether it is empty, and so protects nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
