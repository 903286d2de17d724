//! Public keys in a policy: what a signature is checked with comes from here and from nowhere else.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liftlock_oci::Digest;

/// An ECDSA P-256 public key as SubjectPublicKeyInfo in DER (RFC 5280 section 4.1, RFC 5480
/// section 2): an uncompressed point. Written as base64, or read from PEM (RFC 7468 section 13).
/// Whether the point is on the curve is seen by whoever checks signatures; with one that is not,
/// none is good.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; LENGTH]);

/// What is before the point in each such key.
const HEAD: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// The bytes of such a key.
const LENGTH: usize = HEAD.len() + 64;

/// The longest text that is looked at.
const TEXT_CHARS_MAX: usize = 1024;

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// Why a text is not a public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A private key.
    #[error(
        "this is a private key; name the public one, and keep the private one out of the repository"
    )]
    Private,
    /// Neither PEM nor base64.
    #[error("expected a public key in PEM (`{BEGIN}`)")]
    Form,
    /// Of another algorithm.
    #[error(
        "expected an ECDSA key on the curve P-256, as `cosign generate-key-pair` and `liftlock key generate` make them"
    )]
    Algorithm,
}

impl PublicKey {
    /// The key's DER.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// The SHA-256 of its DER: what a signature is known by.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.len() > TEXT_CHARS_MAX {
            return Err(KeyError::Form);
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let body = match text.strip_prefix(BEGIN) {
            Some(rest) => rest.strip_suffix(END).ok_or(KeyError::Form)?,
            None => text,
        };
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::Form)?;
        let der: [u8; LENGTH] = der.try_into().map_err(|_| KeyError::Algorithm)?;
        if der.starts_with(&HEAD) {
            Ok(Self(der))
        } else {
            Err(KeyError::Algorithm)
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

liftlock_oci::serde_as_text!(PublicKey);

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoovx2h2HeFP2wQwYYt1c0WG9yZfX
vThWjXPZnHu8HS7cGdVpH1+1AgeX2w9LRSMi+MRwEZWRaI1AEXQ6+qUoAQ==
-----END PUBLIC KEY-----
";

    #[test]
    fn a_key_is_the_same_from_pem_and_from_its_own_text() {
        let key: PublicKey = PEM.parse().expect("a key");
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let json = serde_json::to_string(&key).expect("json");
        assert_eq!(serde_json::from_str::<PublicKey>(&json).expect("key"), key);
        assert_eq!(key.fingerprint(), Digest::of(key.as_der()));
    }

    #[test]
    fn what_is_no_such_key_is_refused_with_its_reason() {
        let rsa = format!("{BEGIN}\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL\n{END}");
        let private = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n";
        let cut = PEM.replace(END, "");
        for (text, why) in [
            (private, KeyError::Private),
            (rsa.as_str(), KeyError::Form),
            ("AAAA", KeyError::Algorithm),
            ("", KeyError::Algorithm),
            ("not base64!", KeyError::Form),
            (cut.as_str(), KeyError::Form),
        ] {
            assert_eq!(text.parse::<PublicKey>(), Err(why), "{text}");
        }
        assert_eq!("A".repeat(2000).parse::<PublicKey>(), Err(KeyError::Form));
    }
}
