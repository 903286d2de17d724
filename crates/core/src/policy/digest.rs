//! Policy digests: what an approval is bound to (semantics, "Policy").

use std::collections::BTreeMap;

use liftlock_oci::{Digest, Repository};
use serde::Serialize;

use super::{Environment, IdentityMode, Policy, PublicKey, Who};
use crate::{EnvironmentName, GroupName, ImageKey, KeyName};

/// The version of the meaning of a policy; part of every policy digest and of every decision.
pub const SEMANTICS_VERSION: u32 = 1;

/// Everything an environment's verdicts depend on, in a fixed order of fields. Maps are sorted,
/// and nothing in it is a float, so that its JSON is the same everywhere.
#[derive(Serialize)]
struct Scope<'a> {
    semantics: u32,
    environment: &'a Environment,
    identity: IdentityMode,
    images: &'a BTreeMap<ImageKey, Repository>,
    keep: bool,
    owners: &'a [Who],
    people: &'a BTreeMap<crate::PersonName, std::collections::BTreeSet<crate::Identity>>,
    groups: &'a BTreeMap<GroupName, Vec<Who>>,
    files: BTreeMap<&'a String, Option<&'a Digest>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    keys: BTreeMap<&'a KeyName, Option<&'a PublicKey>>,
}

impl Policy {
    /// The digest of the whole policy.
    pub fn digest(&self) -> Digest {
        digest_of(self)
    }

    /// The digest of all that an environment's verdicts depend on: its whole block, groups and
    /// people, images, the semantics version, and the files and keys it names. `None` for an environment
    /// the policy does not have.
    pub fn environment_digest(&self, name: &EnvironmentName) -> Option<Digest> {
        let environment = self.environment(name)?;
        Some(digest_of(&Scope {
            semantics: SEMANTICS_VERSION,
            environment,
            identity: self.identity,
            images: &self.images,
            keep: self.keep,
            owners: &self.owners,
            people: &self.people,
            groups: &self.groups,
            files: environment
                .files()
                .into_iter()
                .map(|file| (file, self.files.get(file)))
                .collect(),
            keys: environment
                .keys()
                .map(|name| (name, self.keys.get(name)))
                .collect(),
        }))
    }
}

fn digest_of(value: &impl Serialize) -> Digest {
    // Serialising these plain structures cannot fail: no map has keys that are not strings.
    Digest::of(&serde_json::to_vec(value).unwrap_or_default())
}
