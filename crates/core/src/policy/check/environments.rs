//! Environments: reachable, with gates said, tags of their own, and rules that can hold.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, LIST_MAX};
use crate::policy::{
    ApprovalRule, CheckKind, Deploy, Environment, EvidenceKind, EvidenceRule, GateRule, Gates,
    IdentityMode, Per, Policy, RollbackRule, SoakRule,
};
use crate::{EnvironmentName, PersonName, Span};

/// The most approval gates in one environment: matching persons to slots looks at each choice of
/// gates.
const APPROVALS_MAX: usize = 8;

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
    one_environment_a_tag(policy, found);
    cycles(policy, found);
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
    if environment.tags.is_empty() && environment.deploy.is_none() {
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
    if let Some(RollbackRule::On(reasons)) = &environment.rollback {
        let path = at.into_iter().chain(["rollback"]);
        if reasons.is_empty() {
            found.add(
                path,
                "`on` lists nothing; say `rollback: none` if nothing shall roll back",
            );
        } else if environment.deploy.is_none() && environment.checks.is_empty() {
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
    gates(policy, environment, found);
    delivery(policy, environment, found);
}

fn gates(policy: &Policy, environment: &Environment, found: &mut Found) {
    let at = ["environments", environment.name.as_str(), "gates"];
    if let Gates::All(list) = &environment.gates
        && list.is_empty()
    {
        found.add(at, "no gates: say `gates: none` if there shall be none");
    }
    let mut approvals = 0;
    let mut names = BTreeSet::new();
    for gate in environment.gates.list() {
        let path = at.into_iter().chain([gate.name.as_str()]);
        if !names.insert(&gate.name) {
            found.add(
                path.clone(),
                format!("the gate {} is there twice", gate.name),
            );
        }
        match &gate.rule {
            GateRule::Evidence(rule) => evidence(policy, rule, path, found),
            GateRule::Approval(rule) => {
                approvals += 1;
                approval(policy, rule, path, found);
            }
            GateRule::Soak(rule) => soak(policy, environment, rule, path, found),
        }
    }
    if approvals > APPROVALS_MAX {
        found.add(
            at,
            format!("{approvals} approval gates; the limit is {APPROVALS_MAX}"),
        );
    }
}

fn evidence<'a>(
    policy: &Policy,
    rule: &EvidenceRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    if rule.from.is_empty() && policy.identity == IdentityMode::Authenticated {
        found.add(
            path.clone(),
            "`from` is needed: who may submit this evidence",
        );
    }
    if !rule.max.is_empty() && rule.kind != EvidenceKind::Scan {
        found.add(
            path.clone().chain(["max"]),
            "`max` counts findings by severity, so it goes with `evidence: scan`",
        );
    }
    if !rule.platforms.is_empty() && rule.per != Per::Image {
        found.add(
            path.clone().chain(["platforms"]),
            "`platforms` goes with `per: image`",
        );
    }
    if rule.fresh == Some(Span::ZERO) {
        found.add(path.chain(["fresh"]), "nothing is that fresh");
    }
}

fn approval<'a>(
    policy: &Policy,
    rule: &ApprovalRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    if rule.count == 0 {
        found.add(
            path.clone().chain(["count"]),
            "an approval gate needs at least one approval",
        );
    }
    let persons: BTreeSet<String> = policy
        .members(&rule.by)
        .iter()
        .filter(|name| !name.starts_with("token:"))
        .map(|name| person_of(policy, name))
        .collect();
    if (persons.len() as u64) < u64::from(rule.count) {
        found.add(
            path.clone().chain(["count"]),
            format!(
                "{} approvals are asked for, but only {} can give one",
                rule.count,
                count(persons.len())
            ),
        );
    }
    if rule.expires == Some(Span::ZERO) {
        found.add(
            path.chain(["expires"]),
            "an approval that expires at once never counts",
        );
    }
}

fn count(persons: usize) -> String {
    if persons == 1 {
        "1 person".to_owned()
    } else {
        format!("{persons} persons")
    }
}

fn person_of(policy: &Policy, member: &str) -> String {
    if let Ok(identity) = member.parse() {
        return policy.person(&identity);
    }
    match member.parse::<PersonName>() {
        Ok(name) if policy.people.contains_key(&name) => name.to_string(),
        Ok(name) => policy.person(&crate::Identity::User(name)),
        Err(_) => member.to_owned(),
    }
}

fn soak<'a>(
    policy: &Policy,
    environment: &Environment,
    rule: &SoakRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    if environment.after.is_empty() {
        found.add(
            path.clone(),
            "a soak needs `after`: the environment to soak in",
        );
    }
    if rule.time == Span::ZERO {
        found.add(
            path.clone(),
            "a soak of no time is none; leave the gate out",
        );
    }
    for after in &environment.after {
        if let Some(upstream) = policy.environment(after)
            && !upstream.is_observed()
            && !rule.unobserved
        {
            found.add(
                path.clone(),
                format!("{after} has neither checks nor a deployment, so nothing is observed there; add a check, or say `unobserved: true`"),
            );
        }
    }
}

fn delivery(policy: &Policy, environment: &Environment, found: &mut Found) {
    let at = ["environments", environment.name.as_str()];
    if let Some(Deploy::Compose {
        files, services, ..
    }) = &environment.deploy
    {
        let path = || at.into_iter().chain(["deploy", "compose"]);
        if files.is_empty() {
            found.add(path(), "compose needs a `file`");
        }
        if services.is_empty() {
            found.add(
                path(),
                "`services` says which service runs which image; it lists none",
            );
        }
        for (service, image) in services {
            if !policy.images.contains_key(image) {
                found.add(
                    path().chain(["services", service.as_str()]),
                    format!("{image} is not an image of this pipeline"),
                );
            }
        }
    }
    if let Some(Deploy::Command { command, .. }) = &environment.deploy
        && command.is_empty()
    {
        found.add(
            at.into_iter().chain(["deploy", "command"]),
            "the command is empty",
        );
    }
    for check in &environment.checks {
        let path = at.into_iter().chain(["checks", check.name.as_str()]);
        match &check.kind {
            CheckKind::Http { url, expect, .. } => {
                if !(url.starts_with("http://") || url.starts_with("https://")) {
                    found.add(path.clone(), "the URL must start with http:// or https://");
                }
                if !(100..=599).contains(expect) {
                    found.add(path, format!("{expect} is not an HTTP status"));
                }
            }
            CheckKind::Command { command, .. } if command.is_empty() => {
                found.add(path, "the command is empty");
            }
            CheckKind::Command { .. } => {}
        }
    }
}

fn one_environment_a_tag(policy: &Policy, found: &mut Found) {
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

fn cycles(policy: &Policy, found: &mut Found) {
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
            if seen.insert(name)
                && let Some(next) = policy.environment(name)
            {
                open.extend(&next.after);
            }
        }
    }
}
