//! Payloads in an export: `blobs/sha256/<hex>`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use liftlock_engine::ports::Store;
use liftlock_oci::Digest;

use crate::blob::BLOB_BYTES_MAX;
use crate::database::DatabaseStore;
use crate::export::{ExportError, blocking};
use crate::export_check::ExportFault;
use crate::export_file::{self, BLOBS};

impl DatabaseStore {
    /// Writes a payload into an export, unless it is there. `false` where the state does not have
    /// it (any more).
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_blob(&self, folder: &Path, digest: Digest) -> Result<bool, ExportError> {
        if place(folder, &digest).is_file() {
            return Ok(true);
        }
        let Some(bytes) = self.blob(&digest).await? else {
            return Ok(false);
        };
        let folder = folder.to_owned();
        blocking(move || put_exported_blob(&folder, &bytes)).await?;
        Ok(true)
    }
}

/// Writes a payload into an export.
///
/// # Errors
/// [`ExportError::File`].
pub fn put_exported_blob(folder: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let path = place(folder, &Digest::of(bytes));
    export_file::replace(&path, bytes).map_err(|source| ExportError::File {
        path: path.display().to_string(),
        source,
    })
}

/// A payload of an export; `None` where it has none of that digest.
///
/// # Errors
/// [`ExportFault::Blob`] where its bytes are others, [`ExportFault::Size`], [`ExportFault::File`].
pub fn exported_blob(folder: &Path, digest: &Digest) -> Result<Option<Vec<u8>>, ExportFault> {
    let file = place(folder, digest);
    let path = file.display().to_string();
    match export_file::read(&file, BLOB_BYTES_MAX) {
        Ok(Some(bytes)) if Digest::of(&bytes) == *digest => Ok(Some(bytes)),
        Ok(Some(_)) => Err(ExportFault::Blob { path }),
        Ok(None) => Err(ExportFault::Size {
            path,
            limit: BLOB_BYTES_MAX,
        }),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ExportFault::File { path, source }),
    }
}

fn place(folder: &Path, digest: &Digest) -> PathBuf {
    let text = digest.to_string();
    // `sha256:<hex>` is a folder and a name in it.
    text.split(':')
        .fold(folder.join(BLOBS), |path, part| path.join(part))
}
