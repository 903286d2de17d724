//! The private half of a key that signs notes.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::key::{ED25519_TYPE, KeyError, VerifierKey, bytes_of};

/// The longest private key in its text form, in bytes.
pub const PRIVATE_KEY_BYTES_MAX: usize = super::KEY_NAME_BYTES_MAX + 80;

/// How a private key begins.
const PRIVATE: &str = "PRIVATE+KEY+";

/// An Ed25519 key that signs notes under its name. In text it is
/// `PRIVATE+KEY+name+id+base64(type || seed)`, as Go's `note` package writes it.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
    seed: Zeroizing<[u8; 32]>,
}

impl SigningKey {
    /// The key of 32 random bytes (RFC 8032, section 5.1.5), named `name`.
    ///
    /// # Errors
    /// [`KeyError::Name`], or [`KeyError::Bytes`] where the seed gives no key.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = pair(seed)?;
        let verifier = VerifierKey::new(name, public(&pair)?)?;
        Ok(Self {
            pair,
            verifier,
            seed: Zeroizing::new(*seed),
        })
    }

    /// The key of 32 random bytes, named after itself: `liftlock/` and the first 16 hex digits of
    /// the SHA-256 over its public half. No two logs have the same name then, and nobody has to
    /// think of one.
    ///
    /// # Errors
    /// As [`Self::from_seed`].
    pub fn unnamed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let digest: [u8; 32] = Sha256::digest(public(&pair(seed)?)?).into();
        let hex: String = digest[..8].iter().map(|b| format!("{b:02x}")).collect();
        Self::from_seed(&format!("liftlock/{hex}"), seed)
    }

    /// The key in its text form.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_private_text(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix(PRIVATE).ok_or(KeyError::Form)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        let seed = Zeroizing::new(bytes_of(key)?);
        let made = Self::from_seed(name, &seed)?;
        if format!("{:08x}", made.verifier.id()) == id {
            Ok(made)
        } else {
            Err(KeyError::Id)
        }
    }

    /// The text form, to be kept where only its owner can read it.
    pub fn to_private_text(&self) -> Zeroizing<String> {
        let mut key = Zeroizing::new([ED25519_TYPE; 33]);
        key[1..].copy_from_slice(&*self.seed);
        let (name, id) = (self.verifier.name(), self.verifier.id());
        let encoded = Zeroizing::new(STANDARD.encode(*key));
        Zeroizing::new(format!("{PRIVATE}{name}+{id:08x}+{}", *encoded))
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let signature = self.pair.try_sign(text).ok()?;
        Some(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ...)", self.verifier.name())
    }
}

fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair, KeyError> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Bytes)
}

fn public(pair: &Ed25519KeyPair) -> Result<[u8; 32], KeyError> {
    let public = pair.public_key().as_ref();
    public.try_into().map_err(|_| KeyError::Bytes)
}
