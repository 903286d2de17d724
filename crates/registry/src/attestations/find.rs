//! Finding all that is beside an image.

use futures_util::{StreamExt, TryStreamExt, stream};
use liftlock_attest::media_types::{BUNDLE, SIMPLE_SIGNING};
use liftlock_attest::predicates::COSIGN_SIGN;
use liftlock_oci::{Descriptor, Digest, RawManifest, Tag, media_types};

use super::{
    ATTESTATIONS_BYTES_MAX, ATTESTATIONS_MAX, AttestationsError, Beside, COSIGN_SIGNATURE, Found,
    PREDICATE_TYPE, layers,
};
use crate::manifests::Name;
use crate::place::{Place, PlaceError};

/// How many are read at the same time.
const AT_ONCE: usize = 8;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Attestations of these predicate types.
    pub types: Types<'a>,
    /// What `cosign sign` wrote, too.
    pub signatures: bool,
}

/// Predicate types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Types<'a> {
    /// Whatever they are.
    All,
    /// These. What says in an annotation that it states something else is not read; that costs
    /// nobody anything: who may write it could as well have left it out.
    Only(&'a [&'a str]),
}

/// A layer that is to be read.
struct Layer {
    beside: Beside,
    descriptor: Descriptor,
    named_type: Option<String>,
}

/// All that is wanted beside the image `subject`, in no order that means anything.
///
/// Over a registry: one request for the list of referrers (one more where it has to be read from
/// the fallback tag and that was not known), two for each referrer that is wanted, and for each of
/// cosign's tags one, and one for each layer that is wanted. Over [`ATTESTATIONS_MAX`], or over
/// [`ATTESTATIONS_BYTES_MAX`], is an error.
pub async fn find(
    place: &Place,
    subject: Digest,
    wanted: &Wanted<'_>,
) -> Result<Vec<Found>, AttestationsError> {
    let image = || place.named(Name::Digest(subject));
    let mut found = Vec::new();
    let mut to_read = Vec::new();
    let referrers = place.referrers(subject).await?;
    let referrers: Vec<Descriptor> = referrers.into_iter().filter(|r| wanted.may_be(r)).collect();
    if referrers.len() > ATTESTATIONS_MAX {
        return Err(AttestationsError::TooMany { image: image() });
    }
    let manifests: Vec<_> = stream::iter(referrers)
        .map(|referrer| async move {
            (
                manifest(place, Name::Digest(referrer.digest)).await,
                referrer,
            )
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    for (read, referrer) in manifests {
        let beside = Beside::Referrer(referrer.digest);
        match read? {
            Some(manifest) => to_read.extend(wanted.layers(beside, &manifest)),
            None => found.push(dangling(beside, referrer)),
        }
    }
    for (end, beside) in [
        (".att", Beside::AttestationTag),
        (".sig", Beside::SignatureTag),
    ] {
        if beside == Beside::SignatureTag && !wanted.signatures {
            continue;
        }
        let tag = companion(subject, end)?;
        if let Some(manifest) = manifest(place, Name::Tag(&tag)).await? {
            to_read.extend(wanted.layers(beside, &manifest));
        }
    }
    if found.len() + to_read.len() > ATTESTATIONS_MAX {
        return Err(AttestationsError::TooMany { image: image() });
    }
    let bytes = to_read.iter().map(|layer| layer.descriptor.size);
    if bytes.fold(0, u64::saturating_add) > ATTESTATIONS_BYTES_MAX {
        return Err(AttestationsError::TooLarge { image: image() });
    }
    let read: Vec<Found> = stream::iter(to_read)
        .map(|layer| async move {
            let Layer {
                beside,
                descriptor,
                named_type,
            } = layer;
            layers::read(place, beside, &descriptor, named_type).await
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    found.extend(read);
    Ok(found)
}

impl Wanted<'_> {
    /// Whether a referrer can be what is wanted, by what its list says of it.
    fn may_be(&self, referrer: &Descriptor) -> bool {
        let kind = referrer.artifact_type.as_deref().unwrap_or_default();
        match kind {
            COSIGN_SIGNATURE => self.signatures,
            // Lists that leave out artifact types, or have that of the configuration instead.
            BUNDLE | "" | media_types::OCI_EMPTY | media_types::OCI_CONFIG => {
                let named = referrer.annotations.get(PREDICATE_TYPE);
                self.has_type(named.map(String::as_str))
            }
            _ => false,
        }
    }

    fn layers(&self, beside: Beside, manifest: &RawManifest) -> Vec<Layer> {
        let layers = layers::of(manifest).into_iter();
        layers
            .filter(|(layer, named)| match layer.media_type == SIMPLE_SIGNING {
                true => self.signatures,
                false => self.has_type(named.as_deref()),
            })
            .map(|(descriptor, named_type)| Layer {
                beside,
                descriptor,
                named_type,
            })
            .collect()
    }

    fn has_type(&self, named: Option<&str>) -> bool {
        match (self.types, named) {
            (Types::All, _) | (_, None) => true,
            (Types::Only(types), Some(named)) => {
                types.contains(&named) || (self.signatures && named == COSIGN_SIGN)
            }
        }
    }
}

async fn manifest(place: &Place, name: Name<'_>) -> Result<Option<RawManifest>, PlaceError> {
    match place.manifest(name).await {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A referrer that is listed and not there: a list under a fallback tag outlives what it lists.
fn dangling(beside: Beside, referrer: Descriptor) -> Found {
    Found {
        beside,
        digest: referrer.digest,
        named_type: referrer.annotations.get(PREDICATE_TYPE).cloned(),
        media_type: referrer.artifact_type.unwrap_or_default(),
        signature: None,
        bytes: Err(layers::missing()),
    }
}

/// Cosign's tag for an image.
pub(super) fn companion(subject: Digest, end: &str) -> Result<Tag, AttestationsError> {
    let name = format!("sha256-{}{end}", subject.hex());
    name.parse()
        .map_err(|error: liftlock_oci::TagError| AttestationsError::Shape {
            what: name,
            problem: error.to_string(),
        })
}
