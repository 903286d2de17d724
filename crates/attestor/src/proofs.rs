//! A promotion's proof, put beside its images.

use std::collections::BTreeMap;

use liftlock_core::Time;
use liftlock_core::attestation::ProvenBy;
use liftlock_engine::ports::{AttestationError, KeptProof};
use liftlock_oci::PinnedRef;
use liftlock_registry::attestations::{LogProof, attach_proof};

use crate::Attestor;

/// Puts it beside each image, one after the other.
pub(crate) async fn attach(
    attestor: &Attestor,
    proof: &KeptProof,
    at: Time,
    images: &[PinnedRef],
) -> Result<(), AttestationError> {
    let proof = referrer(proof, at);
    for image in images {
        let place = attestor.place(image)?;
        let attached = attach_proof(&place, image.digest, &proof).await;
        attached.map_err(|error| AttestationError {
            what: "putting a proof",
            image: image.clone(),
            source: Box::new(error),
        })?;
    }
    Ok(())
}

/// The times are of the record, so that the same proof is the same manifest.
fn referrer(proof: &KeptProof, at: Time) -> LogProof {
    let file = |by: ProvenBy, bytes: &[u8]| {
        let name = format!("{}-{}.tlog-proof", proof.promotion, by.as_str());
        (name, bytes.to_vec())
    };
    let annotations = [
        ("org.opencontainers.image.created", at.to_string()),
        ("dev.liftlock.environment", proof.environment.clone()),
        ("dev.liftlock.promotion", proof.promotion.clone()),
    ];
    let annotations = annotations.map(|(name, value)| (name.to_owned(), value));
    LogProof {
        files: BTreeMap::from([
            file(ProvenBy::Committed, &proof.committed),
            file(ProvenBy::Ended, &proof.ended),
        ]),
        annotations: annotations.into(),
    }
}
