//! An OCI image layout folder (OCI image specification, "Image Layout").
//!
//! Only the regular files `oci-layout`, `index.json` and `blobs/sha256/<hex>` are touched, and no
//! link is followed. Every file is written beside its place, flushed to the disk, and renamed: a
//! crash leaves the old file or the new one, and at most a temporary file that the next writer
//! removes. Several processes may write: blobs side by side, `index.json` one after the other.

mod archive;
mod blob_file;
mod blobs;
mod cosign;
mod create;
mod error;
mod files;
mod find_image;
mod find_manifest;
mod index_file;
mod known_index;
mod layout_files;
mod lock;
mod manifests;
mod referrers;
mod temporary;
mod verify_blob;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};

use liftlock_oci::{Digest, MANIFEST_BYTES_MAX};
use serde::Deserialize;

pub use archive::{Archive, pack};
pub use blob_file::BlobFile;
pub use error::LayoutError;
use files::{expect_folder, read_file, write_file};
use index_file::IndexFile;
use known_index::KnownIndex;
use layout_files::{LayoutFiles, digest_of_hex};
use lock::WriteLock;
use referrers::Subjects;
use temporary::sweep;

const MARKER: &str = "oci-layout";
const INDEX: &str = "index.json";
const MARKER_BYTES_MAX: u64 = 4 * 1024;

/// The largest `index.json` that is read, in bytes.
const INDEX_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// An open layout folder.
#[derive(Debug)]
pub struct Layout {
    root: PathBuf,
    writing: Mutex<()>,
    swept: Once,
    subjects: Subjects,
    known_index: KnownIndex,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

impl Layout {
    /// Opens the layout in `root`, which must be one.
    pub fn open(root: &Path) -> Result<Self, LayoutError> {
        let layout = Self::at(root);
        for folder in [root.to_owned(), root.join("blobs"), layout.blob_folder()] {
            expect_folder(&folder)?;
        }
        let path = root.join(MARKER);
        let bytes = read_file(&path, MARKER_BYTES_MAX)?
            .ok_or_else(|| LayoutError::not_a_layout(root, "it has no oci-layout file"))?;
        check_marker(&path, &bytes)?;
        Ok(layout)
    }

    fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            writing: Mutex::new(()),
            swept: Once::new(),
            subjects: Subjects::default(),
            known_index: KnownIndex::default(),
        }
    }

    fn blob_folder(&self) -> PathBuf {
        self.root.join("blobs/sha256")
    }

    fn read_index(&self) -> Result<Arc<IndexFile>, LayoutError> {
        let path = self.root.join(INDEX);
        let bytes = read_file(&path, INDEX_BYTES_MAX)?
            .ok_or_else(|| LayoutError::not_a_layout(&self.root, "it has no index.json"))?;
        self.known_index.read(&path, bytes)
    }

    /// Removes what killed processes left behind, before the first write: who only reads changes
    /// nothing.
    fn sweep_once(&self) {
        self.swept.call_once(|| {
            sweep(&self.blob_folder(), |name| digest_of_hex(name).is_some());
            sweep(&self.root, |name| name == INDEX);
        });
    }

    /// Changes `index.json`, under the lock that one writer at a time holds. Nothing is written
    /// where `change` says `false`.
    fn change_index(
        &self,
        _lock: &WriteLock<'_>,
        change: impl FnOnce(&mut IndexFile) -> bool,
    ) -> Result<bool, LayoutError> {
        let (mut bytes, mut index) = self.known_index.take(self.read_index()?);
        let changed = change(&mut index);
        if changed {
            let new = index.to_bytes();
            write_file(&self.root.join(INDEX), &new)?;
            bytes = Some(new);
        }
        if let Some(bytes) = bytes {
            self.known_index.put(bytes, index);
        }
        Ok(changed)
    }
}

/// Fails unless `bytes` are those of an `oci-layout` file of a known version.
fn check_marker(path: &Path, bytes: &[u8]) -> Result<(), LayoutError> {
    let marker: Marker = serde_json::from_slice(bytes)
        .map_err(|_| LayoutError::not_a_layout(path, "it is not the JSON object expected"))?;
    if marker.image_layout_version.starts_with("1.") {
        return Ok(());
    }
    let message = "its layout version is not 1.x, the only one known";
    Err(LayoutError::not_a_layout(path, message))
}

fn parse_index(path: &Path, bytes: &[u8]) -> Result<IndexFile, LayoutError> {
    let mut index: IndexFile = serde_json::from_slice(bytes)
        .map_err(|error| LayoutError::not_a_layout(path, &error.to_string()))?;
    index.name_cosign_parts();
    Ok(index)
}

impl LayoutFiles for Layout {
    fn place(&self) -> &Path {
        &self.root
    }

    fn index(&self) -> Result<Arc<IndexFile>, LayoutError> {
        self.read_index()
    }

    fn small_blob(&self, digest: Digest) -> Result<Option<Vec<u8>>, LayoutError> {
        read_file(&self.blob_path(digest), MANIFEST_BYTES_MAX as u64)
    }

    fn has_blob(&self, digest: Digest) -> Result<bool, LayoutError> {
        Ok(self.blob_size(digest)?.is_some())
    }

    fn blob_path(&self, digest: Digest) -> PathBuf {
        self.blob_path(digest)
    }
}

#[cfg(test)]
mod tests;
