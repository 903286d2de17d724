//! Putting attestations beside an image.

use bytes::Bytes;
use liftlock_attest::Bundle;
use liftlock_oci::{Descriptor, Digest};

use super::{AttestationsError, att_tag, bundle_referrer};
use crate::manifests::Name;
use crate::place::{Place, PlaceError};

/// An attestation that is to be written.
#[derive(Debug, Clone)]
pub struct Attestation {
    /// What was signed.
    pub bundle: Bundle,
    /// What it states, for the annotations.
    pub predicate_type: String,
    /// When that was, in RFC 3339. The same attestation has the same time, so that writing it
    /// again changes nothing.
    pub created: String,
}

/// In which forms attestations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// As manifests that refer to the image, and under cosign's tag: no one form is read by all.
    Both,
    /// As manifests that refer to the image.
    Referrer,
    /// Under cosign's tag `sha256-<hex>.att`.
    Tag,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attached {
    /// The manifests that refer to the image, one for each attestation.
    pub referrers: Vec<Digest>,
    /// The manifest under cosign's tag.
    pub tag: Option<Digest>,
}

/// Puts attestations beside the image `subject`, which must be there. What is there already is not
/// added again. Nothing is lost to another writer of this process, nor of this machine where the
/// client has a folder for locks; where a write of somebody else came between, ours is repeated.
///
/// Requests, beside a token: the image's manifest where it is not known; as referrers, the
/// configuration once, then for each its blob, its manifest and a look at the list (where that is
/// kept under the fallback tag, three for it); under the tag, reading it, each envelope, a
/// configuration, the write, and reading back. An envelope or bundle over 128 KiB takes two for its
/// blob.
pub async fn attach(
    place: &Place,
    subject: Digest,
    attestations: &[Attestation],
    forms: Forms,
) -> Result<Attached, AttestationsError> {
    let mut attached = Attached::default();
    if attestations.is_empty() {
        return Ok(attached);
    }
    if let Place::Repository { client, repository } = place {
        client.expect_writes(repository);
    }
    if forms != Forms::Tag {
        let image = image(place, subject).await?;
        attached.referrers = bundle_referrer::put(place, &image, attestations).await?;
    }
    if forms != Forms::Referrer {
        attached.tag = Some(att_tag::append(place, subject, attestations).await?);
    }
    Ok(attached)
}

/// The image's own descriptor.
pub(super) async fn image(place: &Place, subject: Digest) -> Result<Descriptor, PlaceError> {
    if let Place::Repository { client, repository } = place {
        let known = client.known_manifest(repository, subject);
        if let Some(manifest) = known {
            return Ok(manifest.descriptor());
        }
    }
    let manifest = place.manifest(Name::Digest(subject)).await?;
    Ok(manifest.descriptor())
}

/// Writes a small blob.
pub(super) async fn put(
    place: &Place,
    blob: &Descriptor,
    bytes: Vec<u8>,
) -> Result<(), PlaceError> {
    place.put_small(blob, Bytes::from(bytes)).await.map(drop)
}
