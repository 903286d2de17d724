//! People, groups and permissions: nobody unknown, nothing empty, one word for one thing.

use std::collections::BTreeMap;

use super::{Found, LIST_MAX};
use crate::policy::{IdentityMode, Policy, Who};

pub(super) fn check(policy: &Policy, found: &mut Found) {
    one_person_an_identity(policy, found);
    for (group, members) in &policy.groups {
        let path = ["groups", group.as_str()];
        if members.is_empty() {
            found.add(
                path,
                format!("the group {group} has no members; an empty group never passes a gate"),
            );
        }
        if members.len() > LIST_MAX {
            found.add(
                path,
                format!("the group {group} has more than {LIST_MAX} members"),
            );
        }
        if group.as_str() == "owners" {
            found.add(
                path,
                "`owners` is a key of its own; name this group otherwise",
            );
        }
        if policy
            .people
            .keys()
            .any(|person| person.as_str() == group.as_str())
        {
            found.add(
                path,
                format!("{group} is a person too; one word can mean one thing only"),
            );
        }
        for (index, member) in members.iter().enumerate() {
            if is_group(policy, member) {
                found.add_at(
                    path,
                    index,
                    format!("{member} is a group; a group lists persons and identities"),
                );
            }
        }
    }
    if policy.identity == IdentityMode::Authenticated && policy.owners.is_empty() {
        found.add(
            ["identity"],
            "`identity: authenticated` needs `owners`, or nobody could change this policy; name them, or say `identity: claimed` for a state file",
        );
    }
    for (verb, list) in &policy.allow {
        if list.is_empty() {
            found.add(
                ["allow", &verb.to_string()],
                format!("`{verb}` lists nobody; leave it out for the owners"),
            );
        }
    }
}

fn one_person_an_identity(policy: &Policy, found: &mut Found) {
    let mut seen = BTreeMap::new();
    for (person, identities) in &policy.people {
        if identities.is_empty() {
            found.add(
                ["people", person.as_str()],
                format!("{person} has no identity"),
            );
        }
        for identity in identities {
            if let Some(other) = seen.insert(identity, person) {
                found.add(
                    ["people", person.as_str()],
                    format!("{identity} belongs to {other} already; an identity is one person's"),
                );
            }
        }
    }
}

pub(super) fn is_group(policy: &Policy, who: &Who) -> bool {
    match who {
        Who::Name(name) => {
            name.as_str() == "owners"
                || policy
                    .groups
                    .keys()
                    .any(|group| group.as_str() == name.as_str())
        }
        Who::Identity(_) | Who::Group(_) => false,
    }
}
