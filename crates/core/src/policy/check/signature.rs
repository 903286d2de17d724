//! Signature gates, and evidence that comes signed: keys that there are, conditions that can hold.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use crate::KeyName;
use crate::decide::text;
use crate::policy::{
    CONDITIONS_MAX, EvidenceKind, EvidenceRule, Policy, SignatureRule, VALUE_CHARS_MAX,
};

/// A signature is said to be by the key's name, so a key has one.
pub(super) fn one_name_a_key(policy: &Policy, found: &mut Found) {
    let mut seen = BTreeMap::new();
    for (name, key) in &policy.keys {
        if let Some(other) = seen.insert(key, name) {
            found.add(
                ["keys", name.as_str()],
                format!("is the key {other} already"),
            );
        }
    }
}

pub(super) fn check<'a>(
    policy: &Policy,
    rule: &'a SignatureRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    if rule.keys.is_empty() {
        let message = "`key` is needed: whose signature counts";
        found.add(path.clone(), message);
    }
    known(policy, &rule.keys, path.clone().chain(["key"]), found);
    let at = path.chain(["where"]);
    if rule.conditions.len() > CONDITIONS_MAX {
        found.add(at, format!("more than {CONDITIONS_MAX} conditions"));
        return;
    }
    let mut seen = BTreeSet::new();
    for condition in &rule.conditions {
        let field = condition.field.as_str();
        let here = at.clone().chain([field]);
        if !seen.insert(field) {
            found.add(here.clone(), "is there twice");
        }
        if condition.allowed.is_empty() {
            found.add(
                here.clone(),
                "nothing is allowed here, so nothing ever passes",
            );
        }
        for allowed in &condition.allowed {
            if allowed == "*" {
                found.add(
                    here.clone(),
                    "`*` allows whatever is there; leave the condition out",
                );
            } else if let Err(refusal) = text::bounded("what is allowed", allowed, VALUE_CHARS_MAX)
            {
                found.add(here.clone(), refusal.to_string());
            }
        }
    }
}

/// The keys of an evidence gate.
pub(super) fn evidence<'a>(
    policy: &Policy,
    rule: &EvidenceRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    let at = path.chain(["key"]);
    known(policy, &rule.keys, at.clone(), found);
    let readable = [EvidenceKind::Tests, EvidenceKind::Scan, EvidenceKind::Any];
    if !rule.keys.is_empty() && !readable.contains(&rule.kind) {
        let message = format!(
            "`evidence: {}` is not read from attestations; tests and scans are",
            rule.kind
        );
        found.add(at, message);
    }
}

pub(super) fn known<'a>(
    policy: &Policy,
    keys: &[KeyName],
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    let mut seen = BTreeSet::new();
    for key in keys {
        if !policy.keys.contains_key(key) {
            let message = format!(
                "there is no key {key}; name it under `keys` (`liftlock key generate {key}` makes one)"
            );
            found.add(path.clone(), message);
        }
        if !seen.insert(key) {
            found.add(path.clone(), format!("{key} is there twice"));
        }
    }
}
