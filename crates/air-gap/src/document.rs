//! What an archive says that it holds.

use std::collections::BTreeMap;

use liftlock_core::release::{About, ReleaseImage};
use liftlock_core::{ImageKey, PipelineName, ReleaseContent, ReleaseName};
use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};

/// The largest document, in bytes: what it says was one entry of a ledger.
pub const DOCUMENT_BYTES_MAX: u64 = 256 * 1024;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// The release in an archive. Nobody signed it: it is compared with the ledger's own entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    version: u32,
    /// The pipeline it is a release of.
    pub pipeline: PipelineName,
    /// Its name.
    pub release: ReleaseName,
    /// Its images: where each was found, its digest and its platforms.
    pub images: BTreeMap<ImageKey, ReleaseImage>,
    /// What is said about it.
    pub about: About,
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not the JSON expected.
    #[error("it is not what such a document is: {0}")]
    Json(String),
    /// Of another version.
    #[error("it has version {0}, and this Liftlock reads {VERSION}; use a newer one")]
    Version(u32),
    /// It has no image.
    #[error("it names no image")]
    Empty,
}

#[derive(Deserialize)]
struct Outline {
    version: u32,
}

impl Document {
    /// Of a release as it was created.
    pub fn of(pipeline: PipelineName, content: &ReleaseContent) -> Self {
        Self {
            version: VERSION,
            pipeline,
            release: content.name.clone(),
            images: content.images.clone(),
            about: content.about.clone(),
        }
    }

    /// Reads one of at most [`DOCUMENT_BYTES_MAX`], which the caller sees to.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        let json = |error: serde_json::Error| DocumentError::Json(error.to_string());
        let outline: Outline = serde_json::from_slice(bytes).map_err(json)?;
        if outline.version != VERSION {
            return Err(DocumentError::Version(outline.version));
        }
        let document: Self = serde_json::from_slice(bytes).map_err(json)?;
        if document.images.is_empty() {
            return Err(DocumentError::Empty);
        }
        Ok(document)
    }

    /// Its JSON, always the same bytes for the same release.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and numbers always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The digest over all of its images.
    pub fn set_digest(&self) -> Digest {
        self.content().set_digest()
    }

    /// It as a release's content, to be compared with that of the ledger.
    pub(crate) fn content(&self) -> ReleaseContent {
        ReleaseContent {
            name: self.release.clone(),
            images: self.images.clone(),
            about: self.about.clone(),
            imported: None,
        }
    }
}
