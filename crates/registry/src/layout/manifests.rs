//! A layout's manifests and tags.

use std::fs;
use std::io::ErrorKind;

use liftlock_oci::{Descriptor, Digest, RawManifest, Tag};

use super::referrers::referrers;
use super::{Layout, LayoutError, find_image, find_manifest};

impl Layout {
    /// The manifest with this digest, verified: listed in `index.json`, below an index that is,
    /// or in a blob that nothing lists. `None` for a blob that is no manifest.
    pub fn manifest(&self, digest: Digest) -> Result<Option<RawManifest>, LayoutError> {
        find_manifest::any(self, digest)
    }

    /// The manifest with this digest, verified, if `index.json` lists it, or an index that is
    /// listed has it below it: as a registry serves it.
    pub fn listed_manifest(&self, digest: Digest) -> Result<Option<RawManifest>, LayoutError> {
        find_manifest::listed(self, digest)
    }

    /// The digest of the image that `oci:PATH[:TAG][@DIGEST]` names. Without tag and digest it is
    /// the only image: what is a part of an index, or refers to another manifest, does not count.
    /// The error lists what is there.
    pub fn image(&self, tag: Option<&Tag>, digest: Option<Digest>) -> Result<Digest, LayoutError> {
        find_image::image(self, tag, digest)
    }

    /// What refers to `subject`: the manifests listed in `index.json` whose subject it is, and
    /// the list under the fallback tag `sha256-<hex>`.
    pub fn referrers(&self, subject: Digest) -> Result<Vec<Descriptor>, LayoutError> {
        referrers(self, &self.subjects, subject)
    }

    /// The digest a tag points at. A tag that other tools gave to several images is an error.
    pub fn tag_digest(&self, tag: &Tag) -> Result<Option<Digest>, LayoutError> {
        find_image::tagged(self, self.read_index()?.as_ref(), tag)
    }

    /// All tags, in byte order.
    pub fn tags(&self) -> Result<Vec<Tag>, LayoutError> {
        Ok(self.read_index()?.tags().into_iter().collect())
    }

    /// The manifests that `index.json` lists, each once, by digest.
    pub fn manifests(&self) -> Result<Vec<Descriptor>, LayoutError> {
        Ok(self.read_index()?.unique())
    }

    /// Writes a manifest and, where a tag is given, points the tag at it.
    pub fn put_manifest(
        &self,
        manifest: &RawManifest,
        tag: Option<&Tag>,
    ) -> Result<(), LayoutError> {
        self.put_manifest_with(manifest, tag.map(std::slice::from_ref).unwrap_or_default())
    }

    /// Writes a manifest, and points these tags at it: all of them, or after a crash none.
    pub fn put_manifest_with(
        &self,
        manifest: &RawManifest,
        tags: &[Tag],
    ) -> Result<(), LayoutError> {
        // One lock over both: a deletion in between would leave a list without the blob.
        let lock = self.lock()?;
        self.put_blob(manifest.bytes())?;
        self.change_index(&lock, |index| {
            let listed = tags.is_empty() && index.put(manifest.descriptor(), None);
            let put = |changed, tag| index.put(manifest.descriptor(), Some(tag)) || changed;
            tags.iter().fold(listed, put)
        })?;
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
}
