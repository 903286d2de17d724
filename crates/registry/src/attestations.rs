//! Attestations and signatures beside an image: finding all of them, and adding to them.
//!
//! They are kept in three ways: as manifests that refer to the image, and as layers of manifests
//! under cosign's tags `sha256-<hex>.att` and `sha256-<hex>.sig`. What is found counts for nothing
//! before [`Found::verify`].

mod att_tag;
mod attach;
mod bundle_referrer;
mod error;
mod find;
mod found;
mod layers;
mod proofs;

pub(crate) use att_tag::add as add_layers;
pub use attach::{Attached, Attestation, Forms, attach};
pub use error::AttestationsError;
pub use find::{Types, Wanted, find};
pub use found::{Beside, Found};
pub use proofs::{FoundProof, LOG_PROOF, LogProof, attach_proof, find_proofs};

/// Most attestations and signatures of one image, in all forms together. One more is an error:
/// what was left out could be the one that counts.
pub const ATTESTATIONS_MAX: usize = 1000;

/// Most bytes of them in memory: 64 MiB.
pub const ATTESTATIONS_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The annotation of a referrer that says what its bundle states.
const PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";

/// The annotation of a layer under `.att` that says what its envelope states.
const ATT_PREDICATE_TYPE: &str = "predicateType";

/// The artifact type of what `cosign sign` of version 2 writes as a referrer.
const COSIGN_SIGNATURE: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
