//! From a manifest to what its layers are.

use liftlock_attest::media_types::{BUNDLE, DSSE, SIGNATURE_ANNOTATION, SIMPLE_SIGNING};
use liftlock_attest::{ATTESTATION_BYTES_MAX, WhyNot};
use liftlock_oci::{Content, Descriptor, RawManifest};

use super::{ATT_PREDICATE_TYPE, Beside, Found, PREDICATE_TYPE};
use crate::place::{Place, PlaceError};

/// The layers of a manifest that are attestations or signatures, each with its predicate type as
/// an annotation says it. Of something else than a manifest, none.
pub(super) fn of(manifest: &RawManifest) -> Vec<(Descriptor, Option<String>)> {
    let Ok(Content::Manifest(content)) = manifest.parse() else {
        return Vec::new();
    };
    let whole = content.annotations.get(PREDICATE_TYPE).cloned();
    let is_ours = |layer: &Descriptor| [BUNDLE, DSSE, SIMPLE_SIGNING].contains(&&*layer.media_type);
    let layers = content.layers.into_iter().filter(is_ours);
    layers
        .map(|layer| {
            let own = layer.annotations.get(ATT_PREDICATE_TYPE).cloned();
            let named = own.or_else(|| whole.clone());
            (layer, named)
        })
        .collect()
}

/// Reads one layer. What is too large or not there is found as that: one such must not hide the
/// others.
pub(super) async fn read(
    place: &Place,
    beside: Beside,
    layer: &Descriptor,
    named_type: Option<String>,
) -> Result<Found, PlaceError> {
    Ok(Found {
        beside,
        digest: layer.digest,
        media_type: layer.media_type.clone(),
        named_type,
        signature: layer.annotations.get(SIGNATURE_ANNOTATION).cloned(),
        bytes: bytes(place, layer).await?,
    })
}

/// A layer's bytes, or why they are not read.
pub(super) async fn bytes(
    place: &Place,
    layer: &Descriptor,
) -> Result<Result<Vec<u8>, WhyNot>, PlaceError> {
    let max = ATTESTATION_BYTES_MAX as u64;
    if layer.size > max {
        return Ok(Err(WhyNot::TooLarge {
            what: "the attestation",
            bytes: layer.size,
            max,
        }));
    }
    let reader = match place.open_blob(layer).await {
        Ok(reader) => reader,
        Err(error) if error.is_absent() => return Ok(Err(missing())),
        Err(error) => return Err(error),
    };
    Ok(Ok(reader.into_bytes().await?.to_vec()))
}

/// Something that is listed and not there.
pub(super) fn missing() -> WhyNot {
    WhyNot::Unreadable {
        what: "the attestation",
        problem: "it is listed, but not there".to_owned(),
    }
}
