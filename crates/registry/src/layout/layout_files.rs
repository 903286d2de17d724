//! What a layout's folder and a layout's archive have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use liftlock_oci::{Digest, RawManifest};

use super::LayoutError;
use super::index_file::IndexFile;

/// Where a layout's bytes come from.
pub(crate) trait LayoutFiles {
    /// The folder or archive, for messages.
    fn place(&self) -> &Path;

    /// What `index.json` holds.
    fn index(&self) -> Result<Arc<IndexFile>, LayoutError>;

    /// A blob's bytes, unverified; `None` where it is not there, an error where there are more
    /// than [`liftlock_oci::MANIFEST_BYTES_MAX`].
    fn small_blob(&self, digest: Digest) -> Result<Option<Vec<u8>>, LayoutError>;

    /// Whether the blob is there.
    fn has_blob(&self, digest: Digest) -> Result<bool, LayoutError>;

    /// Where the blob is or would be, for messages.
    fn blob_path(&self, digest: Digest) -> PathBuf;
}

/// A blob's name is its digest without the algorithm.
pub(super) fn digest_of_hex(name: &str) -> Option<Digest> {
    format!("sha256:{name}").parse().ok()
}

/// Reads and verifies a manifest of a known media type.
pub(super) fn read_manifest(
    files: &impl LayoutFiles,
    digest: Digest,
    media_type: &str,
) -> Result<Option<RawManifest>, LayoutError> {
    let bytes = files.small_blob(digest)?;
    bytes
        .map(|bytes| verified(files, digest, bytes, media_type))
        .transpose()
}

pub(super) fn verified(
    files: &impl LayoutFiles,
    digest: Digest,
    bytes: Vec<u8>,
    media_type: &str,
) -> Result<RawManifest, LayoutError> {
    RawManifest::new(bytes, media_type, Some(digest)).map_err(|error| LayoutError::Damaged {
        path: files.blob_path(digest),
        digest,
        message: error.to_string(),
    })
}
