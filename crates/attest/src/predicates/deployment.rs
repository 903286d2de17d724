//! What was deployed and verified.

use serde::{Deserialize, Serialize};

use super::{Predicate, ResourceDescriptor, Who};
use crate::{DigestSet, ResourceUri};

/// An image was brought to an environment, and what the policy asks to be checked there was
/// checked. `docs/attestations.md` describes it for others.
///
/// It says what was so at `verified_on`. A later withdrawal is in the ledger alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Where it was brought to.
    pub resource_uri: ResourceUri,
    /// The release that holds the image.
    pub release: String,
    /// The digest over all images of the release.
    pub release_digest: DigestSet,
    /// The promotion that brought it.
    pub promotion: String,
    /// Whether it went forward or back.
    pub kind: DeploymentKind,
    /// The policy it was decided under.
    pub policy: ResourceDescriptor,
    /// Who asked for the promotion.
    pub requester: Who,
    /// Whether something was deployed, and its running digest read back.
    pub deployed: bool,
    /// The checks that passed, by name.
    pub checks: Vec<String>,
    /// The tags that were moved, without their repository.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When it was verified, in RFC 3339.
    pub verified_on: String,
    /// Up to where the ledger was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
}

/// Which way a promotion went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentKind {
    /// Forward.
    Promotion,
    /// Back to a known-good release.
    Rollback,
}

/// A state of the ledger (C2SP `tlog-checkpoint`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Which ledger.
    pub origin: String,
    /// How many entries it had, as a text: integers of statements are read as floats by some.
    pub size: String,
    /// The root over them, in base64.
    pub root: String,
}

impl Predicate for Deployment {
    const TYPE: &'static str = "https://liftlock.dev/attestation/deployment/v1";
}
