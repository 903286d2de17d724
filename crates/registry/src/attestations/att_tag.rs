//! Envelopes as layers under cosign's tag `sha256-<hex>.att` (cosign, `specs/ATTESTATION_SPEC.md`).

use liftlock_attest::media_types::{DSSE, SIGNATURE_ANNOTATION};
use liftlock_oci::{Content, Descriptor, Digest, RawManifest, Tag, media_types};
use serde_json::{Value, json};

use super::attach::put as put_blob;
use super::find::companion;
use super::{ATT_PREDICATE_TYPE, ATTESTATIONS_MAX, Attestation, AttestationsError};
use crate::manifests::Name;
use crate::one_writer::alone_with;
use crate::place::Place;

/// How often the list is written again where somebody else's write took ours away.
const WRITES_MAX: u32 = 8;

/// Adds the envelopes that are not there yet. The manifest's digest.
pub(super) async fn append(
    place: &Place,
    subject: Digest,
    attestations: &[Attestation],
) -> Result<Digest, AttestationsError> {
    let tag = companion(subject, ".att")?;
    let mut layers = Vec::with_capacity(attestations.len());
    // Before the list is read: what is between reading and writing it is others' chance.
    for (layer, bytes) in attestations.iter().map(layer) {
        put_blob(place, &layer, bytes).await?;
        layers.push(layer);
    }
    let _alone = alone_with(place.named(Name::Tag(&tag)), place.locks_folder()).await;
    add(place, &tag, &layers).await
}

/// Adds layers that are not there yet, whose blobs are, and reads the tag back until they are in
/// it: no registry keeps two writers apart. To be called by one writer alone.
pub(crate) async fn add(
    place: &Place,
    tag: &Tag,
    layers: &[Descriptor],
) -> Result<Digest, AttestationsError> {
    let what = place.named(Name::Tag(tag));
    let mut delay = place.retry_delay();
    for write in 0..WRITES_MAX {
        if write > 1 {
            tokio::time::sleep(delay).await;
            delay *= 2;
        }
        let list = List::read(place, tag).await?;
        let new: Vec<&Descriptor> = layers.iter().filter(|l| !list.has(l.digest)).collect();
        if let (true, Some(manifest)) = (new.is_empty(), &list.manifest) {
            return Ok(manifest.digest());
        }
        if list.layers.len() + new.len() > ATTESTATIONS_MAX {
            return Err(AttestationsError::TooMany { image: what });
        }
        let longer = list.with(&what, new.into_iter())?;
        put_blob(place, &longer.config, longer.config_bytes).await?;
        place.put_manifest(&longer.manifest, Some(tag)).await?;
        let written = longer.manifest.digest();
        if place.manifest_digest(Name::Tag(tag)).await? == Some(written) {
            return Ok(written);
        }
    }
    Err(AttestationsError::Overwritten {
        what,
        writes: WRITES_MAX,
    })
}

fn layer(attestation: &Attestation) -> (Descriptor, Vec<u8>) {
    let bytes = attestation.bundle.envelope().to_bytes();
    let mut layer = Descriptor::of(DSSE, &bytes);
    layer.annotations = [
        (ATT_PREDICATE_TYPE, &*attestation.predicate_type),
        // The signature is in the envelope; cosign looks for the annotation all the same.
        (SIGNATURE_ANNOTATION, ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    (layer, bytes)
}

/// What is under the tag.
struct List {
    manifest: Option<RawManifest>,
    layers: Vec<Descriptor>,
}

struct Longer {
    manifest: RawManifest,
    config: Descriptor,
    config_bytes: Vec<u8>,
}

impl List {
    async fn read(place: &Place, tag: &Tag) -> Result<Self, AttestationsError> {
        let manifest = match place.manifest(Name::Tag(tag)).await {
            Ok(manifest) => manifest,
            Err(error) if error.is_absent() => {
                return Ok(Self {
                    manifest: None,
                    layers: Vec::new(),
                });
            }
            Err(error) => return Err(error.into()),
        };
        match manifest.parse() {
            Ok(Content::Manifest(content)) => Ok(Self {
                manifest: Some(manifest),
                layers: content.layers,
            }),
            Ok(Content::Index(_)) => Err(shape(place.named(Name::Tag(tag)), "it is an index")),
            Err(error) => Err(shape(place.named(Name::Tag(tag)), error)),
        }
    }

    fn has(&self, digest: Digest) -> bool {
        self.layers.iter().any(|layer| layer.digest == digest)
    }

    /// The list with more layers. What others wrote into it stays as it is, known here or not.
    fn with<'a>(
        &self,
        what: &str,
        new: impl Iterator<Item = &'a Descriptor>,
    ) -> Result<Longer, AttestationsError> {
        let wrong = |error: serde_json::Error| shape(what.to_owned(), error);
        let mut manifest: Value = match &self.manifest {
            Some(manifest) => serde_json::from_slice(manifest.bytes()).map_err(wrong)?,
            None => json!({
                "schemaVersion": 2,
                "mediaType": media_types::OCI_MANIFEST,
                "layers": [],
            }),
        };
        let mut digests: Vec<Digest> = self.layers.iter().map(|layer| layer.digest).collect();
        let Some(layers) = manifest.get_mut("layers").and_then(Value::as_array_mut) else {
            return Err(shape(what.to_owned(), "it has no layers"));
        };
        for layer in new {
            layers.push(serde_json::to_value(layer).map_err(wrong)?);
            digests.push(layer.digest);
        }
        let config_bytes = serde_json::to_vec(&config(&digests)).map_err(wrong)?;
        let is_docker = self.manifest.as_ref().map(RawManifest::media_type)
            == Some(media_types::DOCKER_MANIFEST);
        let config_type = match is_docker {
            true => "application/vnd.docker.container.image.v1+json",
            false => media_types::OCI_CONFIG,
        };
        let config = Descriptor::of(config_type, &config_bytes);
        manifest["config"] = serde_json::to_value(&config).map_err(wrong)?;
        let bytes = serde_json::to_vec(&manifest).map_err(wrong)?;
        let media_type = match &self.manifest {
            Some(manifest) => manifest.media_type(),
            None => media_types::OCI_MANIFEST,
        };
        let manifest = RawManifest::new(bytes, media_type, None);
        Ok(Longer {
            manifest: manifest.map_err(|error| shape(what.to_owned(), error))?,
            config,
            config_bytes,
        })
    }
}

/// The configuration of an image with these layers, none of which is compressed: cosign adds to
/// such a list as to an image.
fn config(layers: &[Digest]) -> Value {
    json!({
        "architecture": "",
        "os": "",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": layers },
    })
}

fn shape(what: String, problem: impl ToString) -> AttestationsError {
    let problem = problem.to_string();
    AttestationsError::Shape { what, problem }
}
