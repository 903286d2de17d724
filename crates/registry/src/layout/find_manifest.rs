//! Finding a manifest and its media type, which a layout keeps only beside it.

use std::collections::BTreeSet;

use liftlock_oci::{Content, Descriptor, Digest, RawManifest, media_types};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::LayoutError;
use super::index_file::IndexFile;
use super::layout_files::{LayoutFiles, read_manifest, verified};

/// How deep indexes in indexes are followed. Real ones have one or two levels.
const INDEX_DEPTH_MAX: usize = 8;

/// The manifest, if `index.json` lists it, or an index that is listed has it below it.
pub(super) fn listed(
    files: &impl LayoutFiles,
    digest: Digest,
) -> Result<Option<RawManifest>, LayoutError> {
    if !files.has_blob(digest)? {
        return Ok(None);
    }
    let index = files.index()?;
    if let Some(entry) = index.find(digest) {
        return read_manifest(files, digest, &entry.media_type);
    }
    below(files, &index, digest)
}

/// The manifest, if its blob is there, listed or not: other tools list only what has a name. Its
/// media type is that of `index.json`, else its own, else that of the index it is in.
pub(super) fn any(
    files: &impl LayoutFiles,
    digest: Digest,
) -> Result<Option<RawManifest>, LayoutError> {
    if !files.has_blob(digest)? {
        return Ok(None);
    }
    let index = files.index()?;
    if let Some(entry) = index.find(digest) {
        return read_manifest(files, digest, &entry.media_type);
    }
    let Some(bytes) = files.small_blob(digest)? else {
        return Ok(None);
    };
    let Ok(outline) = serde_json::from_slice::<Outline>(&bytes) else {
        return Ok(None);
    };
    if let Some(own) = outline.media_type.as_deref() {
        let known = media_types::MANIFESTS.into_iter().find(|m| *m == own);
        return known
            .map(|known| verified(files, digest, bytes, known))
            .transpose();
    }
    if let Some(found) = below(files, &index, digest)? {
        return Ok(Some(found));
    }
    let shape = outline.shape();
    shape
        .map(|shape| verified(files, digest, bytes, shape))
        .transpose()
}

/// Looks through the indexes below `index`, level by level, each once.
fn below(
    files: &impl LayoutFiles,
    index: &IndexFile,
    digest: Digest,
) -> Result<Option<RawManifest>, LayoutError> {
    let mut seen = BTreeSet::new();
    let mut level: Vec<Descriptor> = index.entries().to_vec();
    for _ in 0..INDEX_DEPTH_MAX {
        let mut next = Vec::new();
        for entry in level {
            if !media_types::is_index(&entry.media_type) || !seen.insert(entry.digest) {
                continue;
            }
            let children = children(files, &entry)?;
            if let Some(child) = children.iter().find(|c| c.digest == digest) {
                return read_manifest(files, digest, &child.media_type);
            }
            next.extend(children);
        }
        level = next;
    }
    Ok(None)
}

/// What an index lists; nothing where it is not there or cannot be read.
pub(super) fn children(
    files: &impl LayoutFiles,
    index: &Descriptor,
) -> Result<Vec<Descriptor>, LayoutError> {
    let raw = read_manifest(files, index.digest, &index.media_type)?;
    Ok(match raw.map(|raw| raw.parse()) {
        Some(Ok(Content::Index(index))) => index.manifests,
        _ => Vec::new(),
    })
}

/// The fields that tell an index from a manifest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    media_type: Option<String>,
    manifests: Option<IgnoredAny>,
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
}

impl Outline {
    /// The media type of a manifest that does not say it; docker's always do. One that could be
    /// read both ways is neither (OCI image specification, "Image Manifest", on `mediaType`).
    fn shape(&self) -> Option<&'static str> {
        let parts = [&self.manifests, &self.config, &self.layers].map(Option::is_some);
        match parts {
            [true, false, false] => Some(media_types::OCI_INDEX),
            [false, true, true] => Some(media_types::OCI_MANIFEST),
            _ => None,
        }
    }
}
