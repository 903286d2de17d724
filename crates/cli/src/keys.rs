//! Signing keys on this machine.

mod folder;
mod local;
mod passphrase;
mod random;
mod rotation;

pub(crate) use folder::{KeyFolder, key_name, private_file, public_file};
pub(crate) use local::LocalKeys;
use passphrase::parsed;
pub(crate) use passphrase::{PassphraseArguments, passphrase};
pub(crate) use random::new_key;
pub(crate) use rotation::Rotation;
