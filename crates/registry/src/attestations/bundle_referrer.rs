//! A bundle as a manifest that refers to the image (cosign, `specs/BUNDLE_SPEC.md`; OCI image
//! specification, "Guidelines for Artifact Usage").

use liftlock_attest::media_types::BUNDLE;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Digest, Manifest, RawManifest, media_types};

use super::attach::put as put_blob;
use super::{Attestation, AttestationsError, PREDICATE_TYPE};
use crate::place::{Place, PlaceError};

/// The configuration of an artifact that has none.
pub(super) const EMPTY: &[u8] = b"{}";

/// How often a manifest is written while the registry does not find a blob of it.
const WRITES_MAX: u32 = 6;

pub(super) async fn put(
    place: &Place,
    image: &Descriptor,
    attestations: &[Attestation],
) -> Result<Vec<Digest>, AttestationsError> {
    let config = Descriptor::of(media_types::OCI_EMPTY, EMPTY);
    put_blob(place, &config, EMPTY.to_vec()).await?;
    let mut written = Vec::with_capacity(attestations.len());
    for attestation in attestations {
        let bytes = attestation.bundle.to_bytes();
        let layer = Descriptor::of(BUNDLE, &bytes);
        let manifest = manifest(image, attestation, &config, &layer)?;
        put_blob(place, &layer, bytes).await?;
        put_manifest(place, &manifest).await?;
        written.push(manifest.digest());
    }
    Ok(written)
}

/// Writes the manifest, again where the registry does not find what was just sent: distribution 2
/// loses sight of a blob for as long as somebody else sends it too, and all of these have the same
/// configuration.
pub(super) async fn put_manifest(place: &Place, manifest: &RawManifest) -> Result<(), PlaceError> {
    let mut delay = place.retry_delay();
    for _ in 1..WRITES_MAX {
        match place.put_referrer(manifest).await {
            Err(error) if is_blob_unknown(&error) => {
                tokio::time::sleep(delay).await;
                delay *= 2;
            }
            written => return written,
        }
    }
    place.put_referrer(manifest).await
}

fn is_blob_unknown(error: &PlaceError) -> bool {
    match error {
        PlaceError::Registry(RegistryError::Status { message, .. }) => {
            message.contains("MANIFEST_BLOB_UNKNOWN")
        }
        _ => false,
    }
}

fn manifest(
    image: &Descriptor,
    attestation: &Attestation,
    config: &Descriptor,
    layer: &Descriptor,
) -> Result<RawManifest, AttestationsError> {
    let mut manifest = Manifest::new(config.clone(), vec![layer.clone()]);
    manifest.artifact_type = Some(BUNDLE.to_owned());
    manifest.subject = Some(image.clone());
    manifest.annotations = [
        ("org.opencontainers.image.created", &*attestation.created),
        ("dev.sigstore.bundle.content", "dsse-envelope"),
        (PREDICATE_TYPE, &attestation.predicate_type),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let shape = |problem: String| AttestationsError::Shape {
        what: format!("a referrer of {}", image.digest),
        problem,
    };
    let bytes = serde_json::to_vec(&manifest).map_err(|error| shape(error.to_string()))?;
    RawManifest::new(bytes, media_types::OCI_MANIFEST, None)
        .map_err(|error| shape(error.to_string()))
}
