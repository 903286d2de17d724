//! What cosign keeps under tags made of an image's digest: signatures, attestations, SBOMs.

use std::collections::BTreeSet;

use liftlock_oci::{Content, Digest, RawManifest, Tag};

use crate::attestations::add_layers;
use crate::manifests::Name;
use crate::one_writer::alone_with;
use crate::place::{Place, PlaceError};

/// How the writing of a companion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It was written; whatever was there before is part of it.
    Written,
    /// The place has all of it, and perhaps more.
    HasAll,
    /// The place has something else as well, which a write would lose: it was left alone.
    Differs,
}

/// Writes a companion under its tag, unless the place has signatures there that it lacks: each
/// signature is a layer, and a place may have signatures of its own. Attestations are added to
/// those of the place, as they are when they are made; the blobs are there by then.
pub(crate) async fn put(
    place: &Place,
    manifest: &RawManifest,
    tag: &Tag,
) -> Result<Kept, PlaceError> {
    let _alone = alone_with(place.named(Name::Tag(tag)), place.locks_folder()).await;
    match place.manifest(Name::Tag(tag)).await {
        Ok(there) if there.digest() == manifest.digest() => return Ok(Kept::HasAll),
        Ok(there) => {
            let (has, brings) = (layers(&there), layers(manifest));
            if has.is_superset(&brings) {
                return Ok(Kept::HasAll);
            }
            if !brings.is_superset(&has) {
                return Ok(added(place, manifest, tag).await);
            }
        }
        Err(error) if error.is_absent() => {}
        Err(error) => return Err(error),
    }
    place.put_manifest(manifest, Some(tag)).await?;
    Ok(Kept::Written)
}

/// Adds what it has to the attestations of the place. Where that cannot be done they are left as
/// they are: it is no reason to fail a copy.
async fn added(place: &Place, manifest: &RawManifest, tag: &Tag) -> Kept {
    if !tag.as_str().ends_with(".att") {
        return Kept::Differs;
    }
    match manifest.parse() {
        Ok(Content::Manifest(content)) => match add_layers(place, tag, &content.layers).await {
            Ok(_) => Kept::Written,
            Err(_) => Kept::Differs,
        },
        _ => Kept::Differs,
    }
}

/// What its layers are; of something else than a manifest, nothing that can be compared.
fn layers(manifest: &RawManifest) -> BTreeSet<Digest> {
    match manifest.parse() {
        Ok(Content::Manifest(content)) => content.layers.iter().map(|l| l.digest).collect(),
        _ => BTreeSet::from([manifest.digest()]),
    }
}
