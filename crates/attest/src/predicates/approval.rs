//! One person's approval of one promotion.

use serde::{Deserialize, Serialize};

use super::{Predicate, ResourceDescriptor, Who};
use crate::{DigestSet, ResourceUri};

/// A person approved that an image goes to an environment. `docs/attestations.md` describes it
/// for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Where the image may go.
    pub resource_uri: ResourceUri,
    /// The release that holds the image.
    pub release: String,
    /// The digest over all images of the release.
    pub release_digest: DigestSet,
    /// The promotion it was given to. It counts for no other.
    pub promotion: String,
    /// The policy it was given under. It counts under no other.
    pub policy: ResourceDescriptor,
    /// The gates it may serve.
    pub gates: Vec<String>,
    /// Who gave it.
    pub approver: Who,
    /// When, in RFC 3339.
    pub approved_on: String,
    /// Until when it counts, in RFC 3339, where it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<String>,
}

impl Predicate for Approval {
    const TYPE: &'static str = "https://liftlock.dev/attestation/approval/v1";
}
