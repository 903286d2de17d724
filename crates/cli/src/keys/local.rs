//! The private keys of this machine, for steps that sign.

use liftlock_attest::PrivateKey;
use liftlock_attestor::Keys;
use liftlock_core::KeyName;

use super::passphrase::of_environment;
use super::{KeyFolder, parsed};

/// Keys in a folder, with the passphrase that the environment has.
#[derive(Debug)]
pub(crate) struct LocalKeys(pub(crate) KeyFolder);

impl Keys for LocalKeys {
    fn private(&self, name: &KeyName) -> Result<PrivateKey, String> {
        let path = self.0.private_path(name.as_str());
        if path.symlink_metadata().is_err() {
            return Err(format!(
                "there is no {}; run this where the key is, or make one: liftlock key generate {name}",
                path.display()
            ));
        }
        let passphrase = of_environment()
            .and_then(parsed)
            .map_err(|failure| failure.message)?;
        self.0
            .private(name.as_str(), &passphrase)
            .map_err(|failure| failure.message)
    }
}
