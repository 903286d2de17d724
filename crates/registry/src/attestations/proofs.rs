//! Proofs that a promotion is in the ledger, as manifests that refer to the image:
//! `docs/attestations.md` describes them.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use liftlock_attest::WhyNot;
use liftlock_oci::{Content, Descriptor, Digest, Manifest, RawManifest, media_types};

use super::attach::{image, put as put_blob};
use super::bundle_referrer::{EMPTY, put_manifest};
use super::{ATTESTATIONS_MAX, AttestationsError, layers};
use crate::manifests::Name;
use crate::place::Place;

/// What a proof is as a referrer, and what its files are as layers: C2SP tlog-proof, one file for
/// each entry that is proven, with the entry as its extra data.
pub const LOG_PROOF: &str = "application/vnd.liftlock.tlog-proof.v1";

/// The annotation of a layer with its file's name.
const TITLE: &str = "org.opencontainers.image.title";

/// How many are read at the same time.
const AT_ONCE: usize = 8;

/// A proof that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// The proof files by their names.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The manifest's annotations. The same proof has the same ones, so that writing it again
    /// changes nothing.
    pub annotations: BTreeMap<String, String>,
}

/// A proof file beside an image. What it says is behind its own check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundProof {
    /// The manifest it is in.
    pub referrer: Digest,
    /// Its bytes; why not, where it is too large or missing.
    pub bytes: Result<Vec<u8>, WhyNot>,
}

/// Puts a proof beside the image `subject`, which must be there: the manifest's digest. Requests
/// as for a referrer of [`super::attach`], with a blob for each file.
pub async fn attach_proof(
    place: &Place,
    subject: Digest,
    proof: &LogProof,
) -> Result<Digest, AttestationsError> {
    if let Place::Repository { client, repository } = place {
        client.expect_writes(repository);
    }
    let image = image(place, subject).await?;
    let config = Descriptor::of(media_types::OCI_EMPTY, EMPTY);
    put_blob(place, &config, EMPTY.to_vec()).await?;
    let mut files = Vec::with_capacity(proof.files.len());
    for (name, bytes) in &proof.files {
        let mut file = Descriptor::of(LOG_PROOF, bytes);
        put_blob(place, &file, bytes.clone()).await?;
        file.annotations.insert(TITLE.to_owned(), name.clone());
        files.push(file);
    }
    let mut manifest = Manifest::new(config, files);
    manifest.artifact_type = Some(LOG_PROOF.to_owned());
    manifest.subject = Some(image);
    manifest.annotations.clone_from(&proof.annotations);
    let shape = |problem: String| AttestationsError::Shape {
        what: format!("a proof beside {subject}"),
        problem,
    };
    let bytes = serde_json::to_vec(&manifest).map_err(|error| shape(error.to_string()))?;
    let manifest = RawManifest::new(bytes, media_types::OCI_MANIFEST, None)
        .map_err(|error| shape(error.to_string()))?;
    put_manifest(place, &manifest).await?;
    Ok(manifest.digest())
}

/// Every proof file beside the image `subject`, in no order that means anything. Over
/// [`ATTESTATIONS_MAX`] is an error. Requests: the list of referrers, and for each proof its
/// manifest and its files.
pub async fn find_proofs(
    place: &Place,
    subject: Digest,
) -> Result<Vec<FoundProof>, AttestationsError> {
    let too_many = || AttestationsError::TooMany {
        image: place.named(Name::Digest(subject)),
    };
    let referrers = place.referrers(subject).await?.into_iter();
    let referrers: Vec<Descriptor> = referrers.filter(may_be).collect();
    if referrers.len() > ATTESTATIONS_MAX {
        return Err(too_many());
    }
    let manifests: Vec<Vec<(Digest, Descriptor)>> = stream::iter(referrers)
        .map(|referrer| files_of(place, referrer.digest))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let files: Vec<_> = manifests.into_iter().flatten().collect();
    if files.len() > ATTESTATIONS_MAX {
        return Err(too_many());
    }
    stream::iter(files)
        .map(|(referrer, file)| async move {
            let bytes = layers::bytes(place, &file).await?;
            Ok(FoundProof { referrer, bytes })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Whether a referrer can be a proof, by what its list says of it. Some lists leave out artifact
/// types, or have that of the configuration instead.
fn may_be(referrer: &Descriptor) -> bool {
    let kind = referrer.artifact_type.as_deref().unwrap_or_default();
    matches!(
        kind,
        LOG_PROOF | "" | media_types::OCI_EMPTY | media_types::OCI_CONFIG
    )
}

/// The proof files in a manifest; none where it is something else, or listed and not there.
async fn files_of(
    place: &Place,
    referrer: Digest,
) -> Result<Vec<(Digest, Descriptor)>, AttestationsError> {
    let manifest = match place.manifest(Name::Digest(referrer)).await {
        Ok(manifest) => manifest,
        Err(error) if error.is_absent() => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let Ok(Content::Manifest(content)) = manifest.parse() else {
        return Ok(Vec::new());
    };
    let layers = content.layers.into_iter();
    let files = layers.filter(|layer| layer.media_type == LOG_PROOF);
    Ok(files.map(|file| (referrer, file)).collect())
}
