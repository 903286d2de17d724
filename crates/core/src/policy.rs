//! The policy: what a pipeline file says, checked, without its layout. The policy in force is
//! part of the state; it gets there by adoption only.

mod acceptance;
mod check;
mod checks;
mod comparison;
mod delivery;
mod digest;
mod figure;
mod gate;
mod gitops;
mod keys;
mod named;
mod repositories;
mod severity;
mod signature;
mod tags;
mod who;
mod yaml_path;

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::{Digest, Repository};
use serde::{Deserialize, Serialize};

pub use acceptance::{ACCEPT_MAX, Acceptance, FINDING_ID_CHARS_MAX};
pub use check::{PathPart, Problem};
pub(crate) use checks::checks_in_order;
pub use checks::{HttpCheck, K6Check, PrometheusCheck, SecretFrom};
pub use comparison::{Comparison, ComparisonError};
pub use delivery::{Check, CheckKind, Deploy, RollbackOn, RollbackRule, own_program};
pub use digest::SEMANTICS_VERSION;
pub use figure::Figure;
pub use gate::{
    ApprovalRule, EvidenceKind, EvidenceRule, Exclude, Gate, GateRule, Gates, OverrideRule, Per,
    SoakRule, WindowRule,
};
pub use gitops::{Gitops, GitopsForm, GitopsPlace};
pub use keys::{KeyError, PublicKey};
pub use repositories::{RepositoryTemplate, RepositoryTemplateError};
pub use severity::Severity;
pub use signature::{
    CONDITIONS_MAX, Condition, ConditionError, FieldPath, PredicateType, SignatureRule,
    VALUE_CHARS_MAX,
};
pub use tags::{Placeholder, TagTemplate, TagTemplateError, TagValues};
pub use who::{Verb, Who};
pub use yaml_path::{YamlPath, YamlPathError, YamlStep};

use crate::{
    EnvironmentName, GateName, GroupName, Identity, ImageKey, KeyName, Label, PersonName,
    PipelineName, Refusal, Span,
};

/// The version of the pipeline file that this crate understands.
pub const POLICY_VERSION: u32 = 1;

/// A pipeline's images, environments and rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// [`POLICY_VERSION`].
    pub version: u32,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// What a claimed identity is worth.
    pub identity: IdentityMode,
    /// The pipeline's images and the repository each is built into.
    pub images: BTreeMap<ImageKey, Repository>,
    /// Whether releases get a keep-tag, `keep-{release}`.
    pub keep: bool,
    /// Who may change this policy and do what no other rule allows.
    pub owners: Vec<Who>,
    /// Persons, each with the identities they come as.
    pub people: BTreeMap<PersonName, BTreeSet<Identity>>,
    /// Groups of persons and identities.
    pub groups: BTreeMap<GroupName, Vec<Who>>,
    /// The public keys whose signatures count where a gate names them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<KeyName, PublicKey>,
    /// Who may do what.
    pub allow: BTreeMap<Verb, Vec<Who>>,
    /// The environments, in the file's order.
    pub environments: Vec<Environment>,
    /// SHA-256 of each file that an environment names, by the path as it is written.
    pub files: BTreeMap<String, Digest>,
}

/// What a claimed identity is worth in gates and permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityMode {
    /// Nothing. The default.
    Authenticated,
    /// As much as an authenticated one; status, history and proofs say so.
    Claimed,
}

/// One environment of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// The environments a release must have been verified in; empty for an entry.
    pub after: Vec<EnvironmentName>,
    /// Where the images are brought before they are deployed or tagged: one repository, or several
    /// (regions, mirrors). Empty: they stay where they were built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<RepositoryTemplate>,
    /// The tags a promotion writes, in each repository of each image.
    pub tags: Vec<TagTemplate>,
    /// The rules for entering.
    pub gates: Gates,
    /// How a release is deployed, if Liftlock does it.
    pub deploy: Option<Deploy>,
    /// How a deployed release is checked.
    pub checks: Vec<Check>,
    /// The longest time between two observations that counts for soak downstream; `None`: all time
    /// counts, as it does where no check has an interval, and did in policies of before this field.
    /// Never anything else than [`crate::watching::gap_max`] of the checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_max: Option<Span>,
    /// When to return to the last known-good release; always said where there is a deployment.
    pub rollback: Option<RollbackRule>,
    /// How long a promotion stays open.
    pub expires: Span,
    /// Whether the newest release that may enter is promoted without anyone asking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
    /// The key with which is signed what is admitted and verified here; nothing is signed where it
    /// is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<KeyName>,
    /// The label of the workers that alone carry this environment out: who deploys there, looks
    /// there and moves its tags. Any worker where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<Label>,
    /// Who may pass a gate by decision; nobody where it is not said.
    #[serde(rename = "override", default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<OverrideRule>,
}

impl Policy {
    /// The environment with this name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments
            .iter()
            .find(|environment| environment.name == *name)
    }

    /// The environment with this name, or a refusal that names those there are.
    pub fn require(&self, name: &EnvironmentName) -> Result<&Environment, Refusal> {
        self.environment(name)
            .ok_or_else(|| Refusal::unknown_environment(self, name))
    }

    /// The adopted SHA-256 of each of these files.
    pub fn digests<'a>(
        &self,
        files: impl IntoIterator<Item = &'a String>,
    ) -> BTreeMap<String, Digest> {
        let digest = |file: &String| self.files.get(file).map(|digest| (file.clone(), *digest));
        files.into_iter().filter_map(digest).collect()
    }

    /// The environment that has a repository of its own here, and the image in it.
    pub fn place_of(&self, repository: &Repository) -> Option<(&Environment, &ImageKey)> {
        let named = |environment: &Environment, image: &ImageKey| {
            let mut templates = environment.repositories.iter();
            templates.any(|template| template.expand(image).as_ref() == Ok(repository))
        };
        self.environments.iter().find_map(|environment| {
            let mut images = self.images.keys();
            let image = images.find(|image| named(environment, image))?;
            Some((environment, image))
        })
    }

    /// Every evidence rule with this gate name, each with the environment it stands in. Evidence
    /// is named across the pipeline.
    pub fn evidence_rules(&self, name: &GateName) -> Vec<(&EnvironmentName, &EvidenceRule)> {
        let mut rules = Vec::new();
        for environment in &self.environments {
            for gate in environment.gates.list() {
                if let GateRule::Evidence(rule) = &gate.rule
                    && gate.name == *name
                {
                    rules.push((&environment.name, rule));
                }
            }
        }
        rules
    }
}

impl Policy {
    /// The fingerprints of these keys, as far as the policy has them.
    pub fn fingerprints(&self, keys: &[KeyName]) -> BTreeSet<Digest> {
        let known = keys.iter().filter_map(|name| self.keys.get(name));
        known.map(PublicKey::fingerprint).collect()
    }

    /// The name by which the policy knows a key.
    pub fn key_name(&self, fingerprint: &Digest) -> Option<&KeyName> {
        let mut keys = self.keys.iter();
        keys.find_map(|(name, key)| (key.fingerprint() == *fingerprint).then_some(name))
    }
}

impl Environment {
    /// The gate with this name.
    pub fn gate(&self, name: &GateName) -> Option<&Gate> {
        self.gates.list().iter().find(|gate| gate.name == *name)
    }

    /// The files that it names.
    pub fn files(&self) -> Vec<&String> {
        let deploy = self.deploy.iter().flat_map(Deploy::files);
        deploy
            .chain(self.checks.iter().flat_map(|check| check.kind.files()))
            .collect()
    }

    /// The keys that its gates name, and the one it signs with.
    pub fn keys(&self) -> impl Iterator<Item = &KeyName> {
        let gates = self.gates.list().iter();
        gates.flat_map(|gate| gate.rule.keys()).chain(&self.sign)
    }

    /// Where it has an image that was built into `own`: its own repositories in their order, or
    /// `own`; never none. What is deployed comes from the first.
    ///
    /// # Errors
    /// A template that does not expand to a repository for this image, which the check of a policy
    /// refuses.
    pub fn places(
        &self,
        image: &ImageKey,
        own: &Repository,
    ) -> Result<Vec<Repository>, RepositoryTemplateError> {
        if self.repositories.is_empty() {
            return Ok(vec![own.clone()]);
        }
        self.repositories
            .iter()
            .map(|template| template.expand(image))
            .collect()
    }

    /// Whether a promotion here observes anything of the running release: a deployment that is
    /// read back, or a check.
    pub fn is_observed(&self) -> bool {
        self.deploy.is_some() || !self.checks.is_empty()
    }
}
