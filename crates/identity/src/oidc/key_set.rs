//! A provider's public keys (RFC 7517), those that can be used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::Object;

/// The most keys in a set.
const KEYS_MAX: usize = 100;
/// The bits of an RSA key's modulus, in bytes: 2048 to 8192.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Why an answer is no set of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// Not JSON as RFC 7517 has it.
    #[error("the keys cannot be read")]
    Json(#[source] serde_json::Error),
    /// Over a hundred.
    #[error("there are {0} keys, at most {KEYS_MAX} are read")]
    Many(usize),
}

/// A public key.
#[derive(Debug, Clone)]
struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// The keys of a provider that tokens can be checked with.
#[derive(Debug, Clone, Default)]
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a set. A key that cannot be used is left out, as RFC 7517, section 5 has it.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Object>,
        }
        let set: Set = serde_json::from_slice(bytes).map_err(KeySetError::Json)?;
        if set.keys.len() > KEYS_MAX {
            return Err(KeySetError::Many(set.keys.len()));
        }
        Ok(Self(set.keys.iter().filter_map(key).collect()))
    }

    /// The key that a token names. Where it names none, the only one of its algorithm. A name that
    /// two keys have is nobody's.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| {
            key.algorithm == algorithm && (kid.is_none() || key.kid.as_deref() == kid)
        });
        let found = fitting.next()?;
        fitting.next().is_none().then_some(&found.key)
    }
}

/// A key's algorithm follows from what it is, not from what a token says.
fn key(object: &Object) -> Option<Key> {
    if object.has("use") && object.text("use") != Some("sig") {
        return None;
    }
    let part = |name: &str| URL_SAFE_NO_PAD.decode(object.text(name)?).ok();
    let (algorithm, name, key) = match (object.text("kty")?, object.text("crv")) {
        ("RSA", _) => {
            let (n, e) = (part("n")?, part("e")?);
            let n = n.strip_prefix(&[0]).unwrap_or(&n);
            if !RSA_BYTES.contains(&n.len()) || e.len() > 8 {
                return None;
            }
            let key = DecodingKey::from_rsa_raw_components(n, &e);
            (Algorithm::RS256, "RS256", key)
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (part("x")?, part("y")?);
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            let key = DecodingKey::from_ec_components(object.text("x")?, object.text("y")?);
            (Algorithm::ES256, "ES256", key.ok()?)
        }
        ("OKP", Some("Ed25519")) => {
            let x = part("x").filter(|x| x.len() == 32)?;
            (Algorithm::EdDSA, "EdDSA", DecodingKey::from_ed_der(&x))
        }
        _ => return None,
    };
    let said = object.text("alg");
    if object.has("alg") && said != Some(name) && !(name == "EdDSA" && said == Some("Ed25519")) {
        return None;
    }
    let kid = object.text("kid").map(str::to_owned);
    Some(Key {
        kid,
        algorithm,
        key,
    })
}
