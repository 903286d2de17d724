//! A layout in a tar file, read in place.
//!
//! Opening it makes a list of the members that a layout has, with their offsets; nothing is
//! unpacked, so a hostile name or link has nowhere to point. Members with other names are passed
//! over. A member that has one of these names and is no regular file, or is there twice where
//! that could matter, is refused.

mod blob_reader;
mod blocks;
mod extensions;
mod header;
mod member_name;
mod members;
mod pack;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liftlock_oci::{Descriptor, Digest, Hasher, MANIFEST_BYTES_MAX, RawManifest, Tag};

use super::index_file::IndexFile;
use super::layout_files::LayoutFiles;
use super::referrers::{Subjects, referrers};
use super::verify_blob::verify;
use super::{
    INDEX, INDEX_BYTES_MAX, LayoutError, MARKER, MARKER_BYTES_MAX, check_marker, find_image,
    find_manifest, parse_index,
};
use blob_reader::BlobReader;
use members::{Members, Span};
pub use pack::pack;

/// How many bytes of the file are read at once.
const FILE_PIECE_BYTES: usize = 256 * 1024;

/// An open archive. What it holds does not change: a file that does, under the same name, is
/// noticed where its bytes are verified.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    file: Arc<File>,
    members: Members,
    index: Arc<IndexFile>,
    subjects: Subjects,
}

impl Archive {
    /// Opens the archive at `path`: a tar file, not compressed, with a layout in it.
    pub fn open(path: &Path) -> Result<Self, LayoutError> {
        let io = |error| LayoutError::io(path, error);
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(LayoutError::not_a_layout(path, "it is not a regular file"));
        }
        let members = Members::read(&file, metadata.len(), path)?;
        let marker = members.marker.ok_or_else(|| members.no_layout(path))?;
        let missing = || LayoutError::not_a_layout(path, "it has no index.json");
        let index = members.index.ok_or_else(missing)?;
        let file = Arc::new(file);
        let marker_path = path.join(MARKER);
        let bytes = read(&file, marker, &marker_path, MARKER_BYTES_MAX)?;
        check_marker(&marker_path, &bytes)?;
        let index_path = path.join(INDEX);
        let bytes = read(&file, index, &index_path, INDEX_BYTES_MAX)?;
        let index = Arc::new(parse_index(&index_path, &bytes)?);
        Ok(Self {
            path: path.to_owned(),
            file,
            members,
            index,
            subjects: Subjects::default(),
        })
    }

    /// Fails where there is anything in it that no layout has, or a blob twice. Such members are
    /// passed over otherwise: they can do no harm, but whoever packed a layout packed none of them.
    pub fn expect_nothing_else(&self) -> Result<(), LayoutError> {
        match &self.members.stray {
            None => Ok(()),
            Some(stray) => {
                let message =
                    format!("{stray}; pack nothing but oci-layout, index.json and blobs/sha256");
                Err(LayoutError::not_a_layout(&self.path, &message))
            }
        }
    }

    /// All blobs, referred to or not, each with its size in bytes.
    pub fn blobs(&self) -> BTreeMap<Digest, u64> {
        let blobs = self.members.blobs.iter();
        blobs.map(|(digest, span)| (*digest, span.size)).collect()
    }

    /// The digest of the whole file, read once from its beginning to its end; `read` is told of
    /// each piece, in bytes.
    pub fn file_digest(&self, mut read: impl FnMut(u64)) -> Result<Digest, LayoutError> {
        let io = |error| LayoutError::io(&self.path, error);
        let size = self.file.metadata().map_err(io)?.len();
        let whole = Span { offset: 0, size };
        let mut reader = BlobReader::new(&self.file, whole);
        let mut buffer = vec![0; FILE_PIECE_BYTES];
        let mut hasher = Hasher::new();
        loop {
            match reader.read(&mut buffer).map_err(io)? {
                0 => return Ok(hasher.finish()),
                count => {
                    hasher.update(&buffer[..count]);
                    read(count as u64);
                }
            }
        }
    }

    /// A blob's size in bytes; `None` where it is not there.
    pub fn blob_size(&self, digest: Digest) -> Result<Option<u64>, LayoutError> {
        Ok(self.members.blobs.get(&digest).map(|span| span.size))
    }

    /// A blob to read, with its size in bytes. Its bytes are not verified here: who reads them
    /// must hash them.
    pub fn open_blob(
        &self,
        digest: Digest,
    ) -> Result<Option<(impl Read + Send + use<>, u64)>, LayoutError> {
        let span = self.members.blobs.get(&digest);
        Ok(span.map(|span| (BlobReader::new(&self.file, *span), span.size)))
    }

    /// Reads a blob and compares its size in bytes and its digest, in constant memory.
    pub fn verify_blob(&self, digest: Digest, size: u64) -> Result<(), LayoutError> {
        verify(
            &self.blob_path(digest),
            self.open_blob(digest)?,
            digest,
            size,
        )
    }

    /// The manifest with this digest, verified; as [`super::Layout::manifest`].
    pub fn manifest(&self, digest: Digest) -> Result<Option<RawManifest>, LayoutError> {
        find_manifest::any(self, digest)
    }

    /// The digest of the image that is named; as [`super::Layout::image`].
    pub fn image(&self, tag: Option<&Tag>, digest: Option<Digest>) -> Result<Digest, LayoutError> {
        find_image::image(self, tag, digest)
    }

    /// The digest a tag points at. A tag that other tools gave to several images is an error.
    pub fn tag_digest(&self, tag: &Tag) -> Result<Option<Digest>, LayoutError> {
        find_image::tagged(self, &self.index, tag)
    }

    /// All tags, in byte order.
    pub fn tags(&self) -> Result<Vec<Tag>, LayoutError> {
        Ok(self.index.tags().into_iter().collect())
    }

    /// The manifests that `index.json` lists, each once, by digest.
    pub fn manifests(&self) -> Result<Vec<Descriptor>, LayoutError> {
        Ok(self.index.unique())
    }

    /// What refers to `subject`; as [`super::Layout::referrers`].
    pub fn referrers(&self, subject: Digest) -> Result<Vec<Descriptor>, LayoutError> {
        referrers(self, &self.subjects, subject)
    }
}

impl LayoutFiles for Archive {
    fn place(&self) -> &Path {
        &self.path
    }

    fn index(&self) -> Result<Arc<IndexFile>, LayoutError> {
        Ok(Arc::clone(&self.index))
    }

    fn small_blob(&self, digest: Digest) -> Result<Option<Vec<u8>>, LayoutError> {
        let Some(span) = self.members.blobs.get(&digest) else {
            return Ok(None);
        };
        let path = self.blob_path(digest);
        read(&self.file, *span, &path, MANIFEST_BYTES_MAX as u64).map(Some)
    }

    fn has_blob(&self, digest: Digest) -> Result<bool, LayoutError> {
        Ok(self.members.blobs.contains_key(&digest))
    }

    fn blob_path(&self, digest: Digest) -> PathBuf {
        self.path.join("blobs/sha256").join(digest.hex())
    }
}

/// Reads a member of at most `limit` bytes.
fn read(file: &Arc<File>, span: Span, path: &Path, limit: u64) -> Result<Vec<u8>, LayoutError> {
    if span.size > limit {
        let path = path.to_owned();
        return Err(LayoutError::Size { path, limit });
    }
    let mut bytes = Vec::new();
    BlobReader::new(file, span)
        .read_to_end(&mut bytes)
        .map_err(|error| LayoutError::io(path, error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
