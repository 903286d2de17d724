//! Randomness for keys, from the operating system.

use liftlock_attest::{KeyError, PrivateKey, Salt};
use liftlock_verbs::Failure;
use zeroize::Zeroizing;

/// How often other bytes are taken, where some make no key: one time in 2^32.
const TRIES_MAX: u32 = 3;

/// A new key.
pub(crate) fn new_key() -> Result<PrivateKey, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    for _ in 0..TRIES_MAX {
        fill(bytes.as_mut_slice())?;
        match PrivateKey::generate(&bytes) {
            Err(KeyError::Randomness) => {}
            Err(error) => return Err(Failure::failed("key", error.to_string())),
            Ok(key) => return Ok(key),
        }
    }
    let message = "the operating system's random bytes make no key";
    Err(Failure::failed("randomness", message))
}

/// The random part of a new key file.
pub(crate) fn new_salt() -> Result<Salt, Failure> {
    let mut salt = Salt([0; 56]);
    fill(&mut salt.0)?;
    Ok(salt)
}

fn fill(bytes: &mut [u8]) -> Result<(), Failure> {
    getrandom::fill(bytes).map_err(|error| {
        let message = format!("the operating system has no random bytes: {error}");
        Failure::failed("randomness", message)
    })
}
