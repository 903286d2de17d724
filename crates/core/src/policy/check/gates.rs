//! Gates: rules that can hold.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, evidence, signature, window};
use crate::gates::{FREEZE, HOLD};
use crate::policy::{ApprovalRule, Environment, GateRule, Gates, Policy, SoakRule, Who};
use crate::{Identity, PersonName, Span};

/// The most approval gates in one environment: matching persons to slots looks at each choice of
/// gates.
const APPROVALS_MAX: usize = 8;

pub(super) fn check(policy: &Policy, environment: &Environment, found: &mut Found) {
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
        if [FREEZE, HOLD].contains(&gate.name.as_str()) {
            let name = &gate.name;
            let message =
                format!("`{name}` is what a {name} is called among the gates; choose another name");
            found.add(path.clone(), message);
        }
        match &gate.rule {
            GateRule::Evidence(rule) => evidence::check(policy, rule, path, found),
            GateRule::Approval(rule) => {
                approvals += 1;
                // What is over the limit is refused below, and not looked at.
                if approvals <= APPROVALS_MAX {
                    approval(policy, rule, path, found);
                }
            }
            GateRule::Soak(rule) => soak(policy, environment, rule, path, found),
            GateRule::Window(rule) => window::check(rule, path, found),
            GateRule::Signature(rule) => signature::check(policy, rule, path, found),
        }
    }
    if approvals > APPROVALS_MAX {
        found.add(
            at,
            format!("{approvals} approval gates; the limit is {APPROVALS_MAX}"),
        );
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
    let persons = able(policy, &rule.by);
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
            path.clone().chain(["expires"]),
            "an approval that expires at once never counts",
        );
    }
    if let Some(of) = &rule.of
        && policy.evidence_rules(of).is_empty()
    {
        found.add(
            path.chain(["of"]),
            format!("there is no evidence gate {of} in this pipeline to review"),
        );
    }
}

/// How many different persons may approve: a person counts once, whatever it is listed as.
pub(super) fn able(policy: &Policy, by: &[Who]) -> u64 {
    let owner: BTreeMap<&Identity, &PersonName> = policy
        .people
        .iter()
        .flat_map(|(person, identities)| identities.iter().map(move |identity| (identity, person)))
        .collect();
    let person = |identity: Identity| match owner.get(&identity) {
        Some(person) => person.to_string(),
        None => identity.to_string(),
    };
    let members = policy.members(by);
    if members
        .iter()
        .any(|member| matches!(member.parse(), Ok(Who::Group(_))))
    {
        // Who is in it says the provider.
        return u64::MAX;
    }
    let persons: BTreeSet<String> = members
        .iter()
        .filter_map(|member| match member.parse::<Identity>() {
            Ok(machine) if machine.is_machine() => None,
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
