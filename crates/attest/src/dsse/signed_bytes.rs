//! A payload whose signature was checked.

use crate::{Fingerprint, PublicKey};

/// Bytes that a given key signed. There is no way to have one without that: only a check of a
/// signature makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBytes {
    bytes: Vec<u8>,
    key: Fingerprint,
}

impl SignedBytes {
    /// The bytes, if one of `keys` made one of `signatures` over what `signed` is: `bytes`
    /// themselves, or an encoding of them.
    pub(crate) fn check(
        bytes: Vec<u8>,
        signed: &[u8],
        signatures: &[Vec<u8>],
        keys: &[&PublicKey],
    ) -> Option<Self> {
        let made_one = |key: &&&PublicKey| signatures.iter().any(|s| key.has_signed(signed, s));
        let key = keys.iter().find(made_one)?.fingerprint();
        Some(Self { bytes, key })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key that signed them: the first such among those that were given.
    pub fn key(&self) -> Fingerprint {
        self.key
    }
}
