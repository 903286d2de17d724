//! A layout's blobs.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use liftlock_oci::Digest;

use super::files::{open_file, rename, sync_parent, write_file};
use super::layout_files::digest_of_hex;
use super::temporary::TemporaryFile;
use super::{Layout, LayoutError};

impl Layout {
    pub(super) fn blob_path(&self, digest: Digest) -> PathBuf {
        self.blob_folder().join(digest.hex())
    }

    /// All blobs, by digest, referred to or not.
    pub fn blobs(&self) -> Result<Vec<Digest>, LayoutError> {
        let folder = self.blob_folder();
        let io = |error| LayoutError::io(&folder, error);
        let mut blobs = Vec::new();
        for entry in fs::read_dir(&folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            blobs.extend(name.to_str().and_then(digest_of_hex));
        }
        blobs.sort_unstable();
        Ok(blobs)
    }

    /// A blob's size in bytes; `None` where it is not there.
    pub fn blob_size(&self, digest: Digest) -> Result<Option<u64>, LayoutError> {
        Ok(open_file(&self.blob_path(digest))?.map(|(_, size)| size))
    }

    /// A blob to read, with its size in bytes. Its bytes are not verified here: who reads them
    /// must hash them.
    pub fn open_blob(&self, digest: Digest) -> Result<Option<(File, u64)>, LayoutError> {
        open_file(&self.blob_path(digest))
    }

    /// Keeps bytes under their digest.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest, LayoutError> {
        let digest = Digest::of(bytes);
        // One of another size is damaged, and mended by this.
        if self.blob_size(digest)? != Some(bytes.len() as u64) {
            self.sweep_once();
            write_file(&self.blob_path(digest), bytes)?;
        }
        Ok(digest)
    }

    /// Takes over a file on the same file system that was flushed to the disk and whose bytes
    /// the caller found to have this digest.
    pub fn adopt_blob(&self, file: &Path, digest: Digest) -> Result<(), LayoutError> {
        rename(file, &self.blob_path(digest))
    }

    /// Takes a blob over from another layout: as a second name of the same file, or as a copy
    /// where the file system has no such thing. `false` where `from` does not have it.
    pub fn link_blob(&self, from: &Self, digest: Digest) -> Result<bool, LayoutError> {
        if from.blob_size(digest)?.is_none() {
            return Ok(false);
        }
        let (source, target) = (from.blob_path(digest), self.blob_path(digest));
        match fs::hard_link(&source, &target) {
            Ok(()) => sync_parent(&target)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(_) => copy(&source, &target)?,
        }
        Ok(true)
    }

    /// Deletes a blob that is not a listed manifest. `false` where there is none.
    pub fn delete_blob(&self, digest: Digest) -> Result<bool, LayoutError> {
        let _one = self.lock()?;
        if self.read_index()?.find(digest).is_some() {
            return Ok(false);
        }
        let path = self.blob_path(digest);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(LayoutError::io(&path, error)),
        }
    }
}

fn copy(source: &Path, target: &Path) -> Result<(), LayoutError> {
    let mut copy = TemporaryFile::beside(target)?;
    let mut source_file = File::open(source).map_err(|error| LayoutError::io(source, error))?;
    copy.fill(&mut source_file)?;
    copy.put_in_place()
}
