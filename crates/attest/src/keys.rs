//! Keys: ECDSA over P-256, and the files cosign keeps them in.

mod error;
mod file;
mod fingerprint;
mod kdf;
mod passphrase;
mod private;
mod public;

pub use error::KeyError;
pub use file::{KEY_FILE_BYTES_MAX, Salt};
pub use fingerprint::Fingerprint;
pub use kdf::SCRYPT_N_MAX;
pub use passphrase::{PASSPHRASE_BYTES_MAX, Passphrase};
pub use private::PrivateKey;
pub use public::PublicKey;
