//! A SHA-256 value of the tree.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A node of the tree: 32 bytes of SHA-256. Displayed as base64 with padding, as in checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// A text or byte string is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Not padded standard base64 of 32 bytes.
    #[error("expected 32 bytes as padded base64 (44 characters)")]
    Base64,
    /// Not 32 bytes.
    #[error("expected 32 bytes, found {0}")]
    Length(usize),
}

impl Hash {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// The hash with this value.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash with this value, where the length is not known yet.
    ///
    /// # Errors
    /// [`HashError::Length`] unless there are 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, HashError> {
        let value = bytes
            .try_into()
            .map_err(|_| HashError::Length(bytes.len()))?;
        Ok(Self(value))
    }

    /// The hash written as padded standard base64 (RFC 4648, section 4).
    ///
    /// # Errors
    /// [`HashError::Base64`] for anything else, other encodings of the same bytes included.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        // 32 bytes are 44 characters: nothing longer is decoded.
        if text.len() != 44 {
            return Err(HashError::Base64);
        }
        let bytes = STANDARD.decode(text).map_err(|_| HashError::Base64)?;
        Self::from_slice(&bytes).map_err(|_| HashError::Base64)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The value as 44 characters of padded base64.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The value as 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base64())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_one_hash() {
        let hash = Hash::from_bytes([7; 32]);
        assert_eq!(Hash::from_base64(&hash.base64()), Ok(hash));
        let text = hash.base64();
        // The last character before the padding has two unused bits: set ones are refused.
        let loose = format!("{}d=", &text[..42]);
        assert_ne!(loose, text);
        for bad in [
            "",
            &text[..43],
            &loose,
            &text.replace('=', "A"),
            &format!("{text}\n"),
        ] {
            assert_eq!(Hash::from_base64(bad), Err(HashError::Base64), "{bad}");
        }
    }
}
