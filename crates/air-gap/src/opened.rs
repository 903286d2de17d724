//! An archive that was opened, and what it says that it holds. Nothing of it is believed yet.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liftlock_ledger::{CONTINUATION_BYTES_MAX, Continuation, PROOF_FILE_BYTES_MAX, ProofFile};
use liftlock_oci::{Content, Descriptor, Digest, Tag};
use liftlock_registry::{Archive, LayoutError, Place};

use crate::media_types::{CONTINUATION, PROOF, RELEASE, RELEASE_TAG};
use crate::{
    ArchiveError, CONTINUED_MAX, DOCUMENT_BYTES_MAX, Document, ENTRIES_MAX, PROOFS_BYTES_MAX,
};

/// An open archive.
#[derive(Debug)]
pub struct Opened {
    pub(crate) archive: Arc<Archive>,
    path: PathBuf,
    document: Document,
    pub(crate) proofs: Vec<ProofFile>,
    pub(crate) continued: Vec<Continuation>,
}

impl Opened {
    /// Opens an archive with a release, and reads its document and proofs. It has to be a layout
    /// and nothing else: no other file, no link, nothing twice.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let archive = Archive::open(path)?;
        archive.expect_nothing_else()?;
        let missing = || ArchiveError::NoRelease {
            path: path.to_owned(),
        };
        let tag: Tag = RELEASE_TAG
            .parse()
            .map_err(|error| ArchiveError::form(RELEASE_TAG, error))?;
        let digest = archive.tag_digest(&tag)?.ok_or_else(missing)?;
        let manifest = archive.manifest(digest)?.ok_or_else(missing)?;
        let Content::Manifest(manifest) = manifest.parse()? else {
            return Err(ArchiveError::form(
                "the release's artifact",
                "it is an index",
            ));
        };
        if manifest.artifact_type.as_deref() != Some(RELEASE) {
            let problem = format!("its artifact type is not {RELEASE}");
            return Err(ArchiveError::form("the release's artifact", problem));
        }
        let mut read = Layers::default();
        for layer in &manifest.layers {
            read.take(&archive, layer)?;
        }
        let missing = || ArchiveError::form("the release's artifact", "it has no document");
        let document = read.document.ok_or_else(missing)?;
        let subject = manifest.subject.map(|subject| subject.digest);
        if !document
            .images
            .values()
            .any(|image| Some(image.image.digest) == subject)
        {
            let problem = "it refers to no image of the release";
            return Err(ArchiveError::form("the release's artifact", problem));
        }
        Ok(Self {
            archive: Arc::new(archive),
            path: path.to_owned(),
            document,
            proofs: read.proofs,
            continued: read.continued,
        })
    }

    /// What it says that it holds.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The digest of the whole file; `read` is told of each piece, in bytes.
    ///
    /// # Errors
    /// [`ArchiveError::Layout`] where the file cannot be read.
    pub fn file_digest(&self, read: impl FnMut(u64)) -> Result<Digest, ArchiveError> {
        Ok(self.archive.file_digest(read)?)
    }

    /// It as a place with images.
    pub(crate) fn place(&self) -> Place {
        Place::Archive {
            archive: Arc::clone(&self.archive),
            path: self.path.clone(),
        }
    }
}

#[derive(Default)]
struct Layers {
    document: Option<Document>,
    proofs: Vec<ProofFile>,
    continued: Vec<Continuation>,
    bytes: u64,
}

impl Layers {
    fn take(&mut self, archive: &Archive, layer: &Descriptor) -> Result<(), ArchiveError> {
        self.bytes = self.bytes.saturating_add(layer.size);
        if self.bytes > PROOFS_BYTES_MAX {
            return Err(ArchiveError::TooMany);
        }
        match layer.media_type.as_str() {
            RELEASE if self.document.is_some() => {
                let problem = "it has two documents";
                return Err(ArchiveError::form("the release's artifact", problem));
            }
            RELEASE => {
                let bytes = small(archive, layer, DOCUMENT_BYTES_MAX)?;
                self.document = Some(Document::read(&bytes)?);
            }
            PROOF if self.proofs.len() == ENTRIES_MAX => return Err(ArchiveError::TooMany),
            PROOF => {
                let text = text(archive, layer, PROOF_FILE_BYTES_MAX)?;
                let proof = text.parse();
                self.proofs
                    .push(proof.map_err(|e| ArchiveError::form(layer.digest.to_string(), e))?);
            }
            CONTINUATION if self.continued.len() == CONTINUED_MAX => {
                return Err(ArchiveError::TooMany);
            }
            CONTINUATION => {
                let text = text(archive, layer, CONTINUATION_BYTES_MAX)?;
                let read = text.parse();
                self.continued
                    .push(read.map_err(|e| ArchiveError::form(layer.digest.to_string(), e))?);
            }
            other => {
                let shown: String = other
                    .chars()
                    .take(120)
                    .flat_map(char::escape_debug)
                    .collect();
                let problem =
                    format!("it has a layer of the media type {shown}; use a newer Liftlock");
                return Err(ArchiveError::form("the release's artifact", problem));
            }
        }
        Ok(())
    }
}

fn text(archive: &Archive, layer: &Descriptor, limit: usize) -> Result<String, ArchiveError> {
    let bytes = small(archive, layer, limit as u64)?;
    String::from_utf8(bytes).map_err(|error| ArchiveError::form(layer.digest.to_string(), error))
}

/// Reads a blob of at most `limit` bytes, whose digest is right.
fn small(archive: &Archive, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, ArchiveError> {
    let what = || blob.digest.to_string();
    let Some((reader, size)) = archive.open_blob(blob.digest)? else {
        return Err(ArchiveError::form(what(), "it is listed, but not there"));
    };
    if size > limit {
        let problem = format!("it has {size} bytes, over the limit of {limit}");
        return Err(ArchiveError::form(what(), problem));
    }
    let mut bytes = Vec::new();
    let read = reader.take(limit).read_to_end(&mut bytes);
    read.map_err(|source| LayoutError::Io {
        path: PathBuf::from(what()),
        source,
    })?;
    if Digest::of(&bytes) != blob.digest || blob.size != size {
        return Err(ArchiveError::form(
            what(),
            "its bytes are not those of its digest and size",
        ));
    }
    Ok(bytes)
}
