//! Replacing a key, so that whoever is killed in it goes on where it was.
//!
//! The new key is whole beside the old one, as `NAME.key.new` and `NAME.pub.new`, before anything
//! is signed with it; both are renamed when all is signed. A run after a crash finds the same new
//! key, or finds it in place and its public half not, and ends what was begun.

use std::fs;
use std::path::{Path, PathBuf};

use liftlock_attest::{Passphrase, PrivateKey, PublicKey};
use liftlock_attestor::Keys;
use liftlock_core::KeyName;
use liftlock_verbs::Failure;

use super::folder::{encrypted, file_failure, write_new};
use super::{KeyFolder, new_key, private_file, public_file};

/// A replacement that has begun.
#[derive(Debug)]
pub(crate) struct Rotation {
    folder: KeyFolder,
    name: String,
    passphrase: Passphrase,
    /// The key that is replaced.
    pub(crate) before: PublicKey,
    /// The key that takes its place.
    pub(crate) after: PublicKey,
    /// Whether an earlier run had begun it.
    pub(crate) resumed: bool,
    /// Where the new private key is.
    private: PathBuf,
}

impl Rotation {
    /// What an earlier run has begun and not ended: the new key. Nothing where there is none.
    ///
    /// Whoever may replace a key can use it: the passphrase has to open the one there is.
    pub(crate) fn begun(
        folder: &KeyFolder,
        name: &str,
        passphrase: &Passphrase,
    ) -> Result<Option<Self>, Failure> {
        let before = folder.public(name)?;
        let there = folder.private(name, passphrase)?;
        let (path, beside) = (folder.private_path(name), new(&folder.private_path(name)));
        let found = |after: PublicKey, private: PathBuf| Self {
            folder: folder.clone(),
            name: name.to_owned(),
            passphrase: passphrase.clone(),
            before: before.clone(),
            after,
            resumed: true,
            private,
        };
        if *there.public() != before {
            // Between the two renames: the public half is still to come.
            return Ok(Some(found(there.public().clone(), path)));
        }
        if !beside.exists() {
            return Ok(None);
        }
        match private_file(&beside, passphrase) {
            Ok(key) => Ok(Some(found(key.public().clone(), beside))),
            // Its public half is written after it: without that, nothing was signed with it.
            Err(_) if !new(&folder.public_path(name)).exists() => Ok(None),
            Err(failure) => Err(failure.hint(format!(
                "an interrupted rotation left it: give the passphrase that it had, or remove it \
                 to begin anew ({})",
                beside.display()
            ))),
        }
    }

    /// Goes on with what was begun, or begins with a new key, which is written beside the old one.
    pub(crate) fn begin(
        folder: &KeyFolder,
        name: &str,
        passphrase: &Passphrase,
    ) -> Result<Self, Failure> {
        if let Some(begun) = Self::begun(folder, name, passphrase)? {
            return Ok(begun);
        }
        let before = folder.public(name)?;
        let key = new_key()?;
        let private = new(&folder.private_path(name));
        let text = encrypted(&key, passphrase)?;
        replace(&private, text.as_bytes(), 0o600)?;
        let public = key.public().to_pem();
        replace(&new(&folder.public_path(name)), public.as_bytes(), 0o644)?;
        folder.sync()?;
        Ok(Self {
            folder: folder.clone(),
            name: name.to_owned(),
            passphrase: passphrase.clone(),
            before,
            after: key.public().clone(),
            resumed: false,
            private,
        })
    }

    /// Puts the new key in place. The public half of the old one is kept first, as
    /// `NAME-<fingerprint>.pub`; where that is.
    pub(crate) fn finish(&self) -> Result<PathBuf, Failure> {
        let kept = self.folder.kept_path(&self.name, &self.before);
        match write_new(&kept, self.before.to_pem().as_bytes(), 0o644) {
            Err(failure) if failure.code == "exists" && public_file(&kept)? == self.before => {}
            written => written?,
        }
        let (private, public) = (
            self.folder.private_path(&self.name),
            self.folder.public_path(&self.name),
        );
        let beside = new(&public);
        replace(&beside, self.after.to_pem().as_bytes(), 0o644)?;
        self.folder.sync()?;
        if self.private != private {
            rename(&self.private, &private)?;
            self.folder.sync()?;
        }
        rename(&beside, &public)?;
        self.folder.sync()?;
        Ok(kept)
    }
}

impl Keys for Rotation {
    fn private(&self, _: &KeyName) -> Result<PrivateKey, String> {
        private_file(&self.private, &self.passphrase).map_err(|failure| failure.message)
    }
}

fn new(path: &Path) -> PathBuf {
    path.with_added_extension("new")
}

/// Writes a file anew, in the place of one that was left behind.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    fs::remove_file(path).ok();
    write_new(path, bytes, mode)
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::rename(from, to).map_err(|error| file_failure(to, "written", &error))
}
