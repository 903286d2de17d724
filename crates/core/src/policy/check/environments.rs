//! Environments: reachable, with gates said, tags of their own, and rules that can hold.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, LIST_MAX};
use crate::policy::{
    ApprovalRule, CheckKind, Deploy, Environment, EvidenceKind, EvidenceRule, GateRule, Gates,
    IdentityMode, Per, Policy, RollbackRule, SoakRule,
};
use crate::{EnvironmentName, GateName, Identity, PersonName, Span};

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
    one_kind_a_name(policy, found);
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
                // What is over the limit is refused below, and not looked at.
                if approvals <= APPROVALS_MAX {
                    approval(policy, rule, path, found);
                }
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
    let persons = able(policy, rule);
    if persons < u64::from(rule.count) {
        let few = match persons {
            0 => "nobody can give one (tokens cannot)".to_owned(),
            1 => "only 1 person can give one".to_owned(),
            persons => format!("only {persons} persons can give one"),
        };
        let wanted = if rule.count == 1 {
            "1 approval is"
        } else {
            &format!("{} approvals are", rule.count)
        };
        found.add(
            path.clone().chain(["count"]),
            format!("{wanted} asked for, but {few}"),
        );
    }
    if rule.expires == Some(Span::ZERO) {
        found.add(
            path.chain(["expires"]),
            "an approval that expires at once never counts",
        );
    }
}

/// How many different persons may approve: a person counts once, whatever it is listed as.
fn able(policy: &Policy, rule: &ApprovalRule) -> u64 {
    let owner: BTreeMap<&Identity, &PersonName> = policy
        .people
        .iter()
        .flat_map(|(person, identities)| identities.iter().map(move |identity| (identity, person)))
        .collect();
    let person = |identity: Identity| match owner.get(&identity) {
        Some(person) => person.to_string(),
        None => identity.to_string(),
    };
    let members = policy.members(&rule.by);
    let persons: BTreeSet<String> = members
        .iter()
        .filter_map(|member| match member.parse::<Identity>() {
            Ok(Identity::Token(_)) => None,
            Ok(identity) => Some(person(identity)),
            Err(_) => {
                let name: PersonName = member.parse().ok()?;
                let known = policy.people.contains_key(&name);
                Some(if known {
                    name.to_string()
                } else {
                    person(Identity::User(name))
                })
            }
        })
        .collect();
    persons.len() as u64
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

/// Evidence is named across the pipeline: the same name is the same evidence.
fn one_kind_a_name(policy: &Policy, found: &mut Found) {
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
