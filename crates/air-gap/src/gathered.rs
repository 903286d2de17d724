//! The folder in which an archive is gathered.

use std::collections::BTreeSet;

use liftlock_core::ImageKey;
use liftlock_oci::{Descriptor, Digest, RawManifest, Tag};
use liftlock_registry::{Choice, CopyError, Graph, Layout, LayoutError, Name, Place, discover};

use crate::artifact::{self, EMPTY};
use crate::media_types::{RELEASE, RELEASE_TAG};
use crate::{Document, ExportError};

/// Writes the artifact beside each image, and tags the first.
pub(crate) fn add_artifacts(
    layout: &Layout,
    document: &Document,
    layers: Vec<(Descriptor, Vec<u8>)>,
) -> Result<(), ExportError> {
    layout.put_blob(EMPTY)?;
    for (_, bytes) in &layers {
        layout.put_blob(bytes)?;
    }
    let layers: Vec<Descriptor> = layers.into_iter().map(|(layer, _)| layer).collect();
    let tag: Tag = RELEASE_TAG.parse().map_err(ExportError::tag)?;
    let mut tag = Some(&tag);
    for image in document.images.values() {
        let manifest = manifest_of(layout, image.image.digest)?;
        let artifact = artifact::manifest(manifest.descriptor(), layers.clone())?;
        layout.put_manifest(&artifact, tag.take())?;
    }
    Ok(())
}

/// Takes away the artifacts of an export that was broken off: they prove less than this one.
pub(crate) fn remove_artifacts(layout: &Layout) -> Result<(), ExportError> {
    let tag: Tag = RELEASE_TAG.parse().map_err(ExportError::tag)?;
    let Some(tagged) = layout.tag_digest(&tag)? else {
        return Ok(());
    };
    let layers = |manifest: &RawManifest| match manifest.parse() {
        Ok(liftlock_oci::Content::Manifest(m)) if m.artifact_type.as_deref() == Some(RELEASE) => {
            Some(m.layers)
        }
        _ => None,
    };
    let ours = layout.manifest(tagged)?.as_ref().and_then(layers);
    for listed in layout.manifests()? {
        let manifest = layout.manifest(listed.digest)?;
        if ours.is_some() && manifest.as_ref().and_then(layers) == ours {
            layout.delete_manifest(listed.digest)?;
        }
    }
    Ok(())
}

/// Removes whatever no image of the release reaches: lists that were replaced by longer ones, and
/// what was left behind by an export that was broken off.
pub(crate) async fn prune(
    layout: &Layout,
    place: &Place,
    document: &Document,
) -> Result<(), ExportError> {
    let mut reached = BTreeSet::new();
    for (key, image) in &document.images {
        let graph = graph(layout, place, key, image.image.digest).await?;
        reached.extend(graph.nodes().iter().map(|node| node.manifest.digest()));
        reached.extend(graph.blobs().into_iter().map(|(blob, _)| blob.digest));
    }
    for listed in layout.manifests()? {
        if !reached.contains(&listed.digest) {
            layout.delete_manifest(listed.digest)?;
        }
    }
    for blob in layout.blobs()? {
        if !reached.contains(&blob) {
            layout.delete_blob(blob)?;
        }
    }
    Ok(())
}

async fn graph(
    layout: &Layout,
    place: &Place,
    key: &ImageKey,
    image: Digest,
) -> Result<Graph, ExportError> {
    let root = manifest_of(layout, image)?;
    let graph = discover(place, root, Name::Digest(image), &Choice::default()).await;
    graph.map_err(|source: CopyError| ExportError::Image {
        key: key.clone(),
        source: Box::new(source),
    })
}

fn manifest_of(layout: &Layout, image: Digest) -> Result<RawManifest, ExportError> {
    let missing = || LayoutError::Missing {
        path: "index.json".into(),
        digest: image,
    };
    Ok(layout.manifest(image)?.ok_or_else(missing)?)
}
