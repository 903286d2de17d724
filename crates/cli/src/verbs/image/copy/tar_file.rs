//! A tar file that a copy goes to.
//!
//! A tar file is only written as a whole: the image is gathered in a layout folder beside it,
//! packed beside it, and renamed. The folder's name tells what is gathered, so the same copy, run
//! again after an interruption, carries on, and another one begins with nothing.

use std::fs;
use std::path::{Path, PathBuf};

use liftlock_oci::{Digest, Tag};
use liftlock_registry::{Archive, Choice, Graph, LayoutError, pack};

use super::folder::{Folder, FolderError};

/// A tar file that is being gathered.
#[derive(Debug)]
pub(super) struct TarFile {
    pub(super) folder: Folder,
    pub(super) gathered_in: PathBuf,
    target: PathBuf,
}

impl TarFile {
    /// Begins, or carries on, gathering the image `root` for `target`.
    pub(super) fn gather(
        target: &Path,
        root: Digest,
        choice: &Choice,
        tags: &[Tag],
    ) -> Result<Self, FolderError> {
        let Choice {
            platforms,
            referrers,
        } = choice;
        let what = format!("{root} {platforms:?} {referrers} {tags:?}");
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".partial-{}", Digest::of(what.as_bytes()).short()));
        let gathered_in = PathBuf::from(name);
        Ok(Self {
            folder: Folder::open(&gathered_in)?,
            gathered_in,
            target: target.to_owned(),
        })
    }

    /// Packs what was gathered, and removes the folder.
    pub(super) async fn pack(self) -> Result<(), LayoutError> {
        let packed = tokio::task::spawn_blocking(move || {
            pack(&self.folder.layout, &self.target)?;
            // What is left of it takes room, and does no harm.
            let _ = fs::remove_dir_all(&self.gathered_in);
            Ok(())
        });
        packed.await.unwrap_or_else(|error| {
            Err(LayoutError::Io {
                path: PathBuf::from("the tar file"),
                source: std::io::Error::other(error),
            })
        })
    }
}

/// Whether an archive has all of an image, under these tags.
pub(super) fn has_all(
    archive: &Archive,
    graph: &Graph,
    root: Digest,
    tags: &[Tag],
) -> Result<bool, LayoutError> {
    for tag in tags {
        if archive.tag_digest(tag)? != Some(root) {
            return Ok(false);
        }
    }
    for node in graph.nodes() {
        if archive.manifest(node.manifest.digest())?.is_none() {
            return Ok(false);
        }
    }
    for (blob, _) in graph.blobs() {
        if archive.blob_size(blob.digest)? != Some(blob.size) {
            return Ok(false);
        }
    }
    Ok(true)
}
