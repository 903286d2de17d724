//! What cosign keeps under tags made of an image's digest: signatures, attestations, SBOMs.

use std::collections::BTreeSet;

use liftlock_oci::{Content, Digest, RawManifest, Tag};

use crate::manifests::Name;
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
/// signature is a layer, and a place may have signatures of its own.
pub(crate) async fn put(
    place: &Place,
    manifest: &RawManifest,
    tag: &Tag,
) -> Result<Kept, PlaceError> {
    match place.manifest(Name::Tag(tag)).await {
        Ok(there) if there.digest() == manifest.digest() => return Ok(Kept::HasAll),
        Ok(there) => {
            let (has, brings) = (layers(&there), layers(manifest));
            if has.is_superset(&brings) {
                return Ok(Kept::HasAll);
            }
            if !brings.is_superset(&has) {
                return Ok(Kept::Differs);
            }
        }
        Err(error) if error.is_absent() => {}
        Err(error) => return Err(error),
    }
    place.put_manifest(manifest, Some(tag)).await?;
    Ok(Kept::Written)
}

/// What its layers are; of something else than a manifest, nothing that can be compared.
fn layers(manifest: &RawManifest) -> BTreeSet<Digest> {
    match manifest.parse() {
        Ok(Content::Manifest(content)) => content.layers.iter().map(|l| l.digest).collect(),
        _ => BTreeSet::from([manifest.digest()]),
    }
}
