//! The folder with keys: `NAME.key`, encrypted and readable by its owner alone, and `NAME.pub`.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use liftlock_attest::{KEY_FILE_BYTES_MAX, Passphrase, PrivateKey, PublicKey};
use liftlock_verbs::{Exit, Failure};

use super::random::new_salt;
use crate::context::Context;

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct KeyFolder(PathBuf);

/// Reads a key's name, which is that of its files: letters, digits, `.`, `_` and `-`.
pub(crate) fn key_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    match starts && text.len() <= 64 && text.chars().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err(
            "a key's name has up to 64 letters, digits, dots, dashes and underscores, and begins \
             with a letter or digit"
                .to_owned(),
        ),
    }
}

impl KeyFolder {
    /// The one that was named, or `keys` beside the state.
    pub(crate) fn of(named: Option<&Path>, context: &Context) -> Result<Self, Failure> {
        match named {
            Some(path) => Ok(Self(path.to_owned())),
            None => {
                let (state, _) = context.state_path()?;
                Ok(Self(state.with_file_name("keys")))
            }
        }
    }

    /// Where a key's private half is.
    pub(crate) fn private_path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.key"))
    }

    /// Where a key's public half is.
    pub(crate) fn public_path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.pub"))
    }

    /// The private key of this name.
    pub(crate) fn private(
        &self,
        name: &str,
        passphrase: &Passphrase,
    ) -> Result<PrivateKey, Failure> {
        private_file(&self.private_path(name), passphrase)
    }

    /// The public key of this name.
    pub(crate) fn public(&self, name: &str) -> Result<PublicKey, Failure> {
        public_file(&self.public_path(name))
    }

    /// Refuses where there is a key of this name.
    pub(crate) fn expect_free(&self, name: &str) -> Result<(), Failure> {
        for path in [self.private_path(name), self.public_path(name)] {
            if path.symlink_metadata().is_ok() {
                return Err(exists(&path));
            }
        }
        Ok(())
    }

    /// Writes both halves of a new key. Nothing is ever replaced.
    pub(crate) fn add(
        &self,
        name: &str,
        key: &PrivateKey,
        passphrase: &Passphrase,
    ) -> Result<(), Failure> {
        self.expect_free(name)?;
        let text = encrypted(key, passphrase)?;
        self.make()?;
        write_new(&self.private_path(name), text.as_bytes(), 0o600)?;
        let public = key.public().to_pem();
        write_new(&self.public_path(name), public.as_bytes(), 0o644)
    }

    /// Flushes the folder, so that new names survive a crash.
    pub(super) fn sync(&self) -> Result<(), Failure> {
        let synced = File::open(&self.0).and_then(|folder| folder.sync_all());
        synced.map_err(|error| file_failure(&self.0, "written", &error))
    }

    /// Where a public key is kept after it was replaced.
    pub(crate) fn kept_path(&self, name: &str, key: &PublicKey) -> PathBuf {
        self.0
            .join(format!("{name}-{}.pub", key.fingerprint().short()))
    }

    fn make(&self) -> Result<(), Failure> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let made = builder.recursive(true).create(&self.0);
        made.map_err(|error| file_failure(&self.0, "made", &error))
    }
}

/// The public key in a file, in PEM.
pub(crate) fn public_file(path: &Path) -> Result<PublicKey, Failure> {
    let key = PublicKey::from_pem(&read(path)?);
    key.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// The private key in a file that cosign or Liftlock made.
pub(crate) fn private_file(path: &Path, passphrase: &Passphrase) -> Result<PrivateKey, Failure> {
    let key = PrivateKey::from_encrypted_pem(&read(path)?, passphrase);
    key.map_err(|error| Failure::failed("key", format!("{}: {error}", path.display())))
}

pub(super) fn encrypted(key: &PrivateKey, passphrase: &Passphrase) -> Result<String, Failure> {
    let text = key.to_encrypted_pem(passphrase, &new_salt()?);
    text.map_err(|error| Failure::failed("key", error.to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = KEY_FILE_BYTES_MAX as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| file_failure(path, "read", &error))?;
    Ok(bytes)
}

/// Writes a file that is not there yet, so that whoever reads it sees all of it or nothing that
/// could be taken for a key.
pub(super) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => file_failure(path, "written", &error),
    })
}

fn exists(path: &Path) -> Failure {
    let message = format!(
        "{} is there already, and keys are not overwritten",
        path.display()
    );
    Failure::new(Exit::Usage, "exists", message)
        .hint("take another name, or replace the key with: liftlock key rotate NAME")
}

pub(super) fn file_failure(path: &Path, done: &str, error: &std::io::Error) -> Failure {
    let code = match error.kind() {
        ErrorKind::NotFound => "not-found",
        _ => "file",
    };
    Failure::failed(
        code,
        format!("{} cannot be {done}: {error}", path.display()),
    )
}
