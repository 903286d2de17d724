//! Secrets, read when they are needed.

use std::fmt;

use liftlock_core::policy::SecretFrom;
use tokio::io::AsyncReadExt;

use crate::local::LocalDelivery;

/// The longest secret, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// A secret; nothing shows it.
pub(crate) struct Secret(String);

impl Secret {
    /// Reads it from where the policy says.
    ///
    /// # Errors
    /// Where there is none, in one line without the secret.
    pub(crate) async fn read(local: &LocalDelivery, from: &SecretFrom) -> Result<Self, String> {
        let text = match from {
            SecretFrom::Env(name) => std::env::var(name)
                .map_err(|_| format!("the token's variable {name} is not set here"))?,
            SecretFrom::File(path) => {
                let unreadable = |e: std::io::Error| format!("the token's file {path}: {e}");
                let file = tokio::fs::File::open(local.base_dir().join(path)).await;
                let mut text = String::new();
                let mut file = file.map_err(unreadable)?.take(BYTES_MAX);
                file.read_to_string(&mut text).await.map_err(unreadable)?;
                text
            }
        };
        let text = text.trim();
        // What else would end the header, or make another of it.
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the token is empty, or has spaces or other characters in it".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
