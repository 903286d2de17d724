//! Public keys.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::der::pem::{self, LineEnding};
use p256::pkcs8::{DecodePublicKey, EncodePublicKey};

use super::file::{KEY_FILE_BYTES_MAX, label, text_of};
use super::{Fingerprint, KeyError};
use crate::base64_text;

const LABEL: &str = "PUBLIC KEY";

/// A public key of ECDSA over P-256.
#[derive(Debug, Clone)]
pub struct PublicKey {
    key: VerifyingKey,
    /// `SubjectPublicKeyInfo` (RFC 5280, section 4.1), in DER.
    der: Vec<u8>,
}

impl PublicKey {
    pub(super) fn new(key: VerifyingKey) -> Result<Self, KeyError> {
        let der = key.to_public_key_der();
        let der = der.map_err(|error| KeyError::Write(error.to_string()))?;
        Ok(Self {
            key,
            der: der.as_bytes().to_vec(),
        })
    }

    /// Reads PEM `PUBLIC KEY` (RFC 7468, section 13), as cosign and openssl write it.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeyError> {
        let text = text_of(text)?;
        let wrong = |problem: String| KeyError::Pem {
            expected: LABEL,
            problem,
        };
        let found = label(text).ok_or_else(|| wrong("there is no PEM block".to_owned()))?;
        if found != LABEL {
            return Err(wrong(format!("it says {found}")));
        }
        let (_, der) = pem::decode_vec(text.trim().as_bytes()).map_err(|e| wrong(e.to_string()))?;
        Self::from_der(&der)
    }

    /// Reads SPKI DER.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if der.len() > KEY_FILE_BYTES_MAX {
            return Err(KeyError::TooLarge {
                bytes: der.len(),
                max: KEY_FILE_BYTES_MAX,
            });
        }
        let key = VerifyingKey::from_public_key_der(der).map_err(|_| KeyError::NotP256)?;
        // One key, one fingerprint: a compressed point reads as the same key, and is written the
        // one way that everybody else has it.
        Self::new(key)
    }

    /// PEM `PUBLIC KEY`, with a last line end.
    pub fn to_pem(&self) -> String {
        let text = self.key.to_public_key_pem(LineEnding::LF);
        // What was written as DER can be written as PEM; an empty text is no key for any reader.
        text.unwrap_or_default()
    }

    /// SPKI DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What the key is called.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    /// The fingerprint's bytes in base64: how bundles name a key. A hint and no more; a key is
    /// trusted because it was given.
    pub fn hint(&self) -> String {
        base64_text::encode(self.fingerprint().bytes())
    }

    /// Whether `signature`, in ASN.1 DER, is this key's over the SHA-256 of `bytes`.
    pub(crate) fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_der(signature);
        signature.is_ok_and(|signature| self.key.verify(bytes, &signature).is_ok())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for PublicKey {}
