//! Where private keys come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use liftlock_attest::PrivateKey;
use liftlock_core::KeyName;
use liftlock_core::policy::PublicKey;
use liftlock_oci::Digest;
use tokio::sync::Mutex;

/// Private keys by name.
pub trait Keys: Send + Sync {
    /// The private key of this name, or why it cannot be had, for people. It may take a while: a
    /// passphrase is made to be slow.
    fn private(&self, name: &KeyName) -> Result<PrivateKey, String>;
}

/// Keys that were opened, each once.
pub(crate) struct Opened {
    keys: Arc<dyn Keys>,
    opened: Mutex<BTreeMap<Digest, Arc<PrivateKey>>>,
}

impl Opened {
    pub(crate) fn new(keys: Arc<dyn Keys>) -> Self {
        Self {
            keys,
            opened: Mutex::default(),
        }
    }

    /// The private half of a key that the policy names.
    pub(crate) async fn get(
        &self,
        name: &KeyName,
        public: &PublicKey,
    ) -> Result<Arc<PrivateKey>, String> {
        let wanted = public.fingerprint();
        let mut opened = self.opened.lock().await;
        if let Some(key) = opened.get(&wanted) {
            return Ok(Arc::clone(key));
        }
        let (keys, wanted_name) = (Arc::clone(&self.keys), name.clone());
        let key = tokio::task::spawn_blocking(move || keys.private(&wanted_name)).await;
        let key = key.map_err(|error| error.to_string())??;
        let found = key.public().fingerprint().digest();
        if found != wanted {
            return Err(format!(
                "the key {name} here is {}, and the policy has {}; adopt the policy with the new public key, or bring the old key back",
                found.short(),
                wanted.short()
            ));
        }
        let key = Arc::new(key);
        opened.insert(wanted, Arc::clone(&key));
        Ok(key)
    }
}
