//! SLSA verification summary, version 1 (slsa.dev/spec/v1.1/verification_summary).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Predicate, ResourceDescriptor};
use crate::limited::Limited;

/// Most attestations that went into one summary.
pub const INPUTS_MAX: usize = 1000;

/// Most levels of one summary.
pub const LEVELS_MAX: usize = 100;

/// Someone verified an image against a policy for one place. Written by Liftlock, it says
/// *admitted*: every gate of the environment passed or was overridden.
///
/// One that can be made here has passed. What failed is never signed: verifiers look at key and
/// predicate type alone, and would take it for a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationSummary {
    /// Who verified.
    pub verifier: Verifier,
    /// When, in RFC 3339.
    pub time_verified: String,
    /// For which place: [`crate::ResourceUri`] in what Liftlock writes.
    pub resource_uri: String,
    /// By which policy: its digest above all.
    pub policy: ResourceDescriptor,
    /// What it was decided from.
    #[serde(default, serialize_with = "list")]
    input_attestations: Limited<ResourceDescriptor, INPUTS_MAX>,
    verification_result: Outcome,
    /// What is verified of the image.
    #[serde(serialize_with = "list")]
    verified_levels: Limited<String, LEVELS_MAX>,
    /// The version of the SLSA specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slsa_version: Option<String>,
}

/// Who verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// A URI.
    pub id: String,
    /// Versions of its parts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Outcome {
    Passed,
    Failed,
}

fn list<T: Serialize, S: serde::Serializer, const MAX: usize>(
    list: &Limited<T, MAX>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    list.0.serialize(serializer)
}

/// Its URI and digest alone.
fn named(descriptor: ResourceDescriptor) -> ResourceDescriptor {
    ResourceDescriptor {
        name: None,
        media_type: None,
        ..descriptor
    }
}

impl Predicate for VerificationSummary {
    const TYPE: &'static str = "https://slsa.dev/verification_summary/v1";
}

impl VerificationSummary {
    /// That it passed; `None` where there are more inputs or levels than can be read again
    /// ([`INPUTS_MAX`], [`LEVELS_MAX`]).
    ///
    /// Of the policy and the inputs only URI and digest are written, and of the verifier its URI:
    /// in-toto's own library refuses a summary with anything else there.
    pub fn passed(
        verifier: Verifier,
        time_verified: String,
        resource_uri: String,
        policy: ResourceDescriptor,
        inputs: Vec<ResourceDescriptor>,
        levels: Vec<String>,
    ) -> Option<Self> {
        let fits = inputs.len() <= INPUTS_MAX && levels.len() <= LEVELS_MAX;
        fits.then(|| Self {
            verifier: Verifier {
                version: BTreeMap::new(),
                ..verifier
            },
            time_verified,
            resource_uri,
            policy: named(policy),
            input_attestations: Limited(inputs.into_iter().map(named).collect()),
            verification_result: Outcome::Passed,
            verified_levels: Limited(levels),
            slsa_version: Some("1.1".to_owned()),
        })
    }

    /// Whether the verification passed. One of someone else may say that it failed.
    pub fn has_passed(&self) -> bool {
        let failed = self.levels().iter().any(|level| level == "FAILED");
        self.verification_result == Outcome::Passed && !failed
    }

    /// What it was decided from.
    pub fn inputs(&self) -> &[ResourceDescriptor] {
        &self.input_attestations.0
    }

    /// What is verified of the image.
    pub fn levels(&self) -> &[String] {
        &self.verified_levels.0
    }
}
