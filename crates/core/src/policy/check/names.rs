//! Names across environments: one thing each.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::Repository;

use super::{Found, repositories};
use crate::policy::{Environment, EvidenceRule, GateRule, Policy, TagTemplate};
use crate::{EnvironmentName, GateName};

/// Evidence is named across the pipeline: the same name is the same evidence.
pub(super) fn one_kind_a_name(policy: &Policy, found: &mut Found) {
    let mut seen: BTreeMap<&GateName, (&EnvironmentName, &EvidenceRule)> = BTreeMap::new();
    for environment in &policy.environments {
        for gate in environment.gates.list() {
            if let GateRule::Signature(rule) = &gate.rule {
                let evidence = policy.evidence_rules(&gate.name);
                if let Some((other, evidence)) = evidence.first() {
                    found.add(
                        ["environments", environment.name.as_str(), "gates", gate.name.as_str()],
                        format!("{} is evidence ({}) in {other} and {} here: one name is one thing in a pipeline", gate.name, evidence.kind, rule.predicate),
                    );
                }
            }
            let GateRule::Evidence(rule) = &gate.rule else {
                continue;
            };
            let (other, first) = *seen.entry(&gate.name).or_insert((&environment.name, rule));
            if (first.kind, first.per) != (rule.kind, rule.per) {
                found.add(
                    ["environments", environment.name.as_str(), "gates", gate.name.as_str()],
                    format!("{} is other evidence in {other}: one name has one kind and one `per` in a pipeline", gate.name),
                );
            }
        }
    }
}

/// A tag of a repository is one environment's.
pub(super) fn one_environment_a_tag(policy: &Policy, found: &mut Found) {
    let mut taken = Taken::new(policy);
    for environment in &policy.environments {
        for (index, tag) in environment.tags.iter().enumerate() {
            let path = ["environments", environment.name.as_str(), "tags"];
            if let Some((other, place)) = taken.take(policy, environment, tag) {
                let place = place
                    .map(|place| format!(" in {place}"))
                    .unwrap_or_default();
                found.add_at(
                    path,
                    index,
                    format!("the tag {tag}{place} belongs to {other} already; a tag is one environment's"),
                );
            }
            if tag.as_str().starts_with("keep-") {
                found.add_at(
                    path,
                    index,
                    "tags that start with keep- hold releases that may be returned to",
                );
            }
        }
    }
}

/// Which tags have an environment already.
struct Taken<'p> {
    /// The repositories that the images are built into.
    built: BTreeSet<&'p Repository>,
    /// Those of environments without repositories of their own: in each of `built`.
    built_tags: BTreeMap<&'p str, &'p EnvironmentName>,
    /// Those of environments with repositories of their own.
    own: BTreeMap<(&'p str, Repository), &'p EnvironmentName>,
}

impl<'p> Taken<'p> {
    fn new(policy: &'p Policy) -> Self {
        Self {
            built: policy.images.values().collect(),
            built_tags: BTreeMap::new(),
            own: BTreeMap::new(),
        }
    }

    /// Gives a tag to an environment. What it belongs to already, and in which repository, where
    /// that does not go without saying.
    fn take(
        &mut self,
        policy: &'p Policy,
        environment: &'p Environment,
        tag: &'p TagTemplate,
    ) -> Option<(&'p EnvironmentName, Option<Repository>)> {
        let (tag, name) = (tag.as_str(), &environment.name);
        if environment.repositories.is_empty() {
            let other = self.built_tags.insert(tag, name).map(|other| (other, None));
            let there = |place: &&'p Repository| self.own.get(&(tag, (*place).clone())).copied();
            let mut built = self.built.iter();
            let own = || built.find_map(|place| Some((there(place)?, Some((*place).clone()))));
            return other.or_else(own);
        }
        let mut other = None;
        for place in places(policy, environment) {
            let before = self.own.insert((tag, place.clone()), name);
            let built = self.built_tags.get(tag).copied();
            let built = built.filter(|_| self.built.contains(&place));
            other = other.or(before.or(built).map(|other| (other, Some(place))));
        }
        other
    }
}

/// Every repository of an environment's own, over all images, each once; none of more than may be.
fn places(policy: &Policy, environment: &Environment) -> BTreeSet<Repository> {
    if repositories::is_too_large(policy, environment) {
        return BTreeSet::new();
    }
    let templates = environment.repositories.iter();
    templates
        .flat_map(|template| policy.images.keys().map(|image| template.expand(image)))
        .filter_map(Result::ok)
        .collect()
}
