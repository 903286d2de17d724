//! Secrets: where they are read, and nothing that shows them.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The longest secret, in bytes.
pub const SECRET_BYTES_MAX: u64 = 4096;

/// Where a secret is read: never in a configuration itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// In a variable of the environment.
    FromEnv(String),
    /// In a file; spaces and line ends around it do not count.
    FromFile(PathBuf),
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not there.
    #[error("the variable {0} is not set, or is not text; a secret is wanted in it")]
    Variable(String),
    /// The file cannot be read.
    #[error("the secret's file {path} cannot be read")]
    File {
        /// Which.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// What is there cannot be one.
    #[error(
        "the secret in {0} is empty, longer than {SECRET_BYTES_MAX} bytes, or has spaces or other characters in it that a header cannot carry"
    )]
    Unfit(String),
}

/// A secret; nothing shows it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl SecretSource {
    /// Reads it.
    ///
    /// # Errors
    /// [`SecretError`], which names the place and never the secret.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let text = Zeroizing::new(match self {
            Self::FromEnv(name) => {
                std::env::var(name).map_err(|_| SecretError::Variable(name.clone()))?
            }
            Self::FromFile(path) => {
                let unreadable = |source| SecretError::File {
                    path: path.clone(),
                    source,
                };
                let file = File::open(path).map_err(unreadable)?;
                let mut text = String::new();
                let mut limited = file.take(SECRET_BYTES_MAX + 1);
                limited.read_to_string(&mut text).map_err(unreadable)?;
                text
            }
        });
        Secret::new(&text).ok_or_else(|| SecretError::Unfit(self.to_string()))
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromEnv(name) => write!(f, "the variable {name}"),
            Self::FromFile(path) => write!(f, "the file {}", path.display()),
        }
    }
}

impl Secret {
    /// A secret of visible ASCII characters, without what is around it; `None` for what a header
    /// cannot carry.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty()
            && text.len() as u64 <= SECRET_BYTES_MAX
            && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is this, in a time that does not tell how much of it is.
    pub(crate) fn is(&self, said: &[u8]) -> bool {
        let hash = |bytes| digest::digest(&digest::SHA256, bytes);
        let (ours, theirs) = (hash(self.0.as_bytes()), hash(said));
        verify_slices_are_equal(ours.as_ref(), theirs.as_ref()).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
