//! A layout's manifests and tags.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use liftlock_oci::{
    Content, Descriptor, Digest, MANIFEST_BYTES_MAX, RawManifest, Tag, media_types,
};

use super::files::read_file;
use super::{Layout, LayoutError};

impl Layout {
    /// The manifest with this digest, verified: one listed in `index.json`, or a child of a
    /// listed index, as layouts of other tools have it.
    pub fn manifest(&self, digest: Digest) -> Result<Option<RawManifest>, LayoutError> {
        if self.blob_size(digest)?.is_none() {
            return Ok(None);
        }
        let index = self.read_index()?;
        if let Some(entry) = index.find(digest) {
            return self.read_manifest(digest, &entry.media_type);
        }
        let indexes = index
            .entries()
            .iter()
            .filter(|e| media_types::is_index(&e.media_type));
        for entry in indexes {
            let Some(raw) = self.read_manifest(entry.digest, &entry.media_type)? else {
                continue;
            };
            if let Ok(Content::Index(parent)) = raw.parse()
                && let Some(child) = parent.manifests.iter().find(|c| c.digest == digest)
            {
                return self.read_manifest(digest, &child.media_type);
            }
        }
        Ok(None)
    }

    /// The digest a tag points at.
    pub fn tag_digest(&self, tag: &Tag) -> Result<Option<Digest>, LayoutError> {
        Ok(self.read_index()?.tagged(tag).map(|entry| entry.digest))
    }

    /// All tags, in no particular order.
    pub fn tags(&self) -> Result<Vec<Tag>, LayoutError> {
        Ok(self.read_index()?.tags().collect())
    }

    /// The manifests that `index.json` lists, each once, by digest.
    pub fn manifests(&self) -> Result<Vec<Descriptor>, LayoutError> {
        let index = self.read_index()?;
        let unique: BTreeMap<Digest, &Descriptor> =
            index.entries().iter().map(|e| (e.digest, e)).collect();
        Ok(unique.into_values().cloned().collect())
    }

    /// Writes a manifest and, where a tag is given, points the tag at it.
    pub fn put_manifest(
        &self,
        manifest: &RawManifest,
        tag: Option<&Tag>,
    ) -> Result<(), LayoutError> {
        // One lock over both: a deletion in between would leave a list without the blob.
        let lock = self.lock()?;
        self.put_blob(manifest.bytes())?;
        self.change_index(&lock, |index| index.put(manifest.descriptor(), tag))?;
        Ok(())
    }

    /// Takes a tag away and leaves its manifest. `false` where there is no such tag.
    pub fn remove_tag(&self, tag: &Tag) -> Result<bool, LayoutError> {
        self.change_index(&self.lock()?, |index| index.untag(tag))
    }

    /// Deletes a manifest with all its tags. `false` where `index.json` does not list it.
    pub fn delete_manifest(&self, digest: Digest) -> Result<bool, LayoutError> {
        let lock = self.lock()?;
        let listed = self.change_index(&lock, |index| index.remove(digest))?;
        if listed {
            // The list first: a crash in between leaves an unlisted blob, not a broken list.
            let path = self.blob_path(digest);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(LayoutError::io(&path, error));
                }
                _ => {}
            }
        }
        Ok(listed)
    }

    fn read_manifest(
        &self,
        digest: Digest,
        media_type: &str,
    ) -> Result<Option<RawManifest>, LayoutError> {
        let path = self.blob_path(digest);
        let Some(bytes) = read_file(&path, MANIFEST_BYTES_MAX as u64)? else {
            return Ok(None);
        };
        RawManifest::new(bytes, media_type, Some(digest))
            .map(Some)
            .map_err(|error| LayoutError::Damaged {
                path,
                digest,
                message: error.to_string(),
            })
    }
}
