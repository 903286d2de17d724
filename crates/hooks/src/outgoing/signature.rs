//! Signatures of Standard Webhooks 1.0.0: `v1`, HMAC-SHA256 over `id.timestamp.body`.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::Secret;

/// How short and how long a key may be, in bytes ("Signature scheme", symmetric).
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key that messages are signed with: `whsec_` and 24 to 64 bytes in base64.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

/// The secret is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret is no signing key; expected whsec_ and 24 to 64 random bytes in base64, as `echo whsec_$(openssl rand -base64 32)` makes it"
)]
pub struct SigningKeyError;

impl SigningKey {
    /// The key that a secret holds.
    ///
    /// # Errors
    /// [`SigningKeyError`], without the secret.
    pub fn new(secret: &Secret) -> Result<Self, SigningKeyError> {
        let text = secret
            .expose()
            .strip_prefix("whsec_")
            .ok_or(SigningKeyError)?;
        let bytes = STANDARD
            .decode(text)
            .map(Zeroizing::new)
            .map_err(|_| SigningKeyError)?;
        if !KEY_BYTES.contains(&bytes.len()) {
            return Err(SigningKeyError);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

/// The value of `webhook-signature`: one signature a key, so that the receiver can change from one
/// key to the next.
pub(super) fn signatures(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signatures: Vec<_> = keys
        .iter()
        .map(|key| key.sign(id, timestamp, body))
        .collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<SigningKey, SigningKeyError> {
        SigningKey::new(&Secret::new(text).unwrap())
    }

    #[test]
    fn the_specifications_own_example_is_signed_alike() {
        // Standard Webhooks, "Signature scheme": the libraries' test vector.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = signatures(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_key_signs() {
        let old = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let new = key("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        let both = signatures(&[new.clone(), old.clone()], "1", 2, b"b");
        let alone = [new, old].map(|key| signatures(&[key], "1", 2, b"b"));
        assert_eq!(both, alone.join(" "));
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_told() {
        for text in [
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",
            "whsec_!!!!9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            let error = key(text).unwrap_err();
            assert!(!error.to_string().contains("MfKQ"));
        }
    }
}
