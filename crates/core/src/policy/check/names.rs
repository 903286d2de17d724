//! Names across environments: one thing each.

use std::collections::BTreeMap;

use super::Found;
use crate::policy::{EvidenceRule, GateRule, Policy};
use crate::{EnvironmentName, GateName};

/// Evidence is named across the pipeline: the same name is the same evidence.
pub(super) fn one_kind_a_name(policy: &Policy, found: &mut Found) {
    let mut seen: BTreeMap<&GateName, (&EnvironmentName, &EvidenceRule)> = BTreeMap::new();
    for environment in &policy.environments {
        for gate in environment.gates.list() {
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

/// A tag is one environment's.
pub(super) fn one_environment_a_tag(policy: &Policy, found: &mut Found) {
    let mut seen: BTreeMap<&str, &EnvironmentName> = BTreeMap::new();
    for environment in &policy.environments {
        for (index, tag) in environment.tags.iter().enumerate() {
            if let Some(other) = seen.insert(tag.as_str(), &environment.name) {
                found.add_at(
                    ["environments", environment.name.as_str(), "tags"],
                    index,
                    format!("the tag {tag} belongs to {other} already; a tag is one environment's"),
                );
            }
            if tag.as_str().starts_with("keep-") {
                found.add_at(
                    ["environments", environment.name.as_str(), "tags"],
                    index,
                    "tags that start with keep- hold releases that may be returned to",
                );
            }
        }
    }
}
