//! Environments: reachable, with something to do, and with what must be said said.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, LIST_MAX, delivery, gates, names, overrides, signature};
use crate::policy::{Environment, Policy, RollbackOn, RollbackRule};
use crate::{EnvironmentName, Span};

pub(super) fn check(policy: &Policy, found: &mut Found) {
    if policy.environments.is_empty() {
        found.add(
            ["environments"],
            "a pipeline needs at least one environment",
        );
    }
    if policy.environments.len() > LIST_MAX {
        found.add(
            ["environments"],
            format!("more than {LIST_MAX} environments"),
        );
    }
    names::one_environment_a_tag(policy, found);
    cycles(policy, found);
    names::one_kind_a_name(policy, found);
    for environment in &policy.environments {
        check_one(policy, environment, found);
    }
}

fn check_one(policy: &Policy, environment: &Environment, found: &mut Found) {
    let name = environment.name.as_str();
    let at = ["environments", name];
    let twins = policy
        .environments
        .iter()
        .filter(|e| e.name == environment.name);
    if twins.count() > 1 {
        found.add(at, format!("the environment {name} is there twice"));
    }
    for after in &environment.after {
        if policy.environment(after).is_none() {
            found.add(
                at.into_iter().chain(["after"]),
                format!("{after} is not an environment of this pipeline"),
            );
        }
    }
    let copies = !environment.repositories.is_empty();
    if environment.tags.is_empty() && environment.deploy.is_none() && !copies {
        found.add(
            at,
            format!("{name} has neither tags nor a deployment: a promotion would do nothing"),
        );
    }
    if environment.deploy.is_some() && environment.rollback.is_none() {
        found.add(
            at.into_iter().chain(["deploy"]),
            "a deployment needs `rollback`: say `rollback: { on: [check] }`, or `rollback: none`",
        );
    }
    if let Some(rule @ (RollbackRule::On(_) | RollbackRule::Within { .. })) = &environment.rollback
    {
        let (reasons, path) = (rule.reasons(), at.into_iter().chain(["rollback"]));
        let soon = reasons.contains(&RollbackOn::Incident);
        if soon != matches!(rule, RollbackRule::Within { .. }) {
            found.add(
                path.clone(),
                "`within` says how long after a promotion an `incident` rolls back; one needs the other",
            );
        }
        if reasons.is_empty() {
            found.add(
                path,
                "`on` lists nothing; say `rollback: none` if nothing shall roll back",
            );
        } else if environment.deploy.is_none() && environment.checks.is_empty() && !soon {
            found.add(
                path,
                "there is neither a deployment nor a check here that could fail",
            );
        }
    }
    if environment.expires == Span::ZERO {
        found.add(
            at.into_iter().chain(["expires"]),
            "a promotion that expires at once can never happen",
        );
    }
    if let Some(key) = &environment.sign {
        signature::known(
            policy,
            std::slice::from_ref(key),
            at.into_iter().chain(["sign"]),
            found,
        );
    }
    gates::check(policy, environment, found);
    overrides::check(policy, environment, found);
    delivery::check(policy, environment, found);
}

fn cycles(policy: &Policy, found: &mut Found) {
    let after: BTreeMap<&EnvironmentName, &[EnvironmentName]> = policy
        .environments
        .iter()
        .map(|e| (&e.name, e.after.as_slice()))
        .collect();
    for environment in &policy.environments {
        let mut open: Vec<&EnvironmentName> = environment.after.iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if *name == environment.name {
                found.add(
                    ["environments", environment.name.as_str(), "after"],
                    format!("{name} comes after itself"),
                );
                break;
            }
            if seen.insert(name) {
                open.extend(after.get(name).copied().unwrap_or_default());
            }
        }
    }
}
