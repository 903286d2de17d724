//! What a key is called.

use std::fmt;
use std::str::FromStr;

use liftlock_oci::Digest;

use super::KeyError;

/// A public key's fingerprint: SHA-256 over its SPKI DER, in 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Digest);

impl Fingerprint {
    pub(crate) fn of(spki_der: &[u8]) -> Self {
        Self(Digest::of(spki_der))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The digest that it is.
    pub fn digest(&self) -> Digest {
        self.0
    }

    /// The first 12 digits: enough for a person to compare, never used as an identity.
    pub fn short(&self) -> String {
        self.0.short()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.hex())
    }
}

impl FromStr for Fingerprint {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let digest = format!("sha256:{text}").parse();
        digest
            .map(Self)
            .map_err(|_| KeyError::Body("a fingerprint has 64 lower-case hex digits".to_owned()))
    }
}

liftlock_oci::serde_as_text!(Fingerprint);
