//! Who someone is, and whom a list names.

use std::collections::BTreeSet;

use liftlock_core::policy::{IdentityMode, Verb, Who};
use liftlock_core::{Actor, Identity, Policy};

/// Whether what an actor says counts for anything.
pub(super) fn counts(policy: &Policy, actor: &Actor) -> bool {
    policy.identity == IdentityMode::Claimed || !actor.is_claimed()
}

/// Every identity that a list names.
pub(super) fn named(policy: &Policy, list: &[Who]) -> BTreeSet<Identity> {
    let mut identities = BTreeSet::new();
    for who in list {
        let name = match who {
            Who::Identity(identity) => {
                identities.insert(identity.clone());
                continue;
            }
            // Nobody here has a provider.
            Who::Group(_) => continue,
            Who::Name(name) => name,
        };
        let mut groups = policy.groups.iter();
        let group = groups.find(|(group, _)| group.as_str() == name.as_str());
        if name.as_str() == "owners" {
            identities.extend(named(policy, &policy.owners));
        } else if let Some((_, members)) = group {
            identities.extend(named(policy, members));
        } else if let Some(own) = policy.people.get(name) {
            identities.extend(own.iter().cloned());
        } else {
            identities.insert(Identity::User(name.clone()));
        }
    }
    identities
}

/// The one human being, or machine, behind an identity.
pub(super) fn person(policy: &Policy, identity: &Identity) -> String {
    let mut people = policy.people.iter();
    let person = people.find(|(_, identities)| identities.contains(identity));
    person.map_or_else(|| identity.to_string(), |(person, _)| person.to_string())
}

/// Whether an actor may do something that a list, or else the owners, decide on.
pub(super) fn may(policy: &Policy, verb: Verb, actor: &Actor) -> bool {
    if !counts(policy, actor) {
        return false;
    }
    let fallback = (verb == Verb::Release).then_some(Verb::Promote);
    let list = policy.allow.get(&verb);
    match list.or_else(|| policy.allow.get(&fallback?)) {
        Some(list) => named(policy, list).contains(&actor.identity),
        None => owns(policy, actor),
    }
}

/// Whether an actor may change the policy.
pub(super) fn owns(policy: &Policy, actor: &Actor) -> bool {
    let anyone = policy.owners.is_empty() && policy.identity == IdentityMode::Claimed;
    counts(policy, actor) && (anyone || named(policy, &policy.owners).contains(&actor.identity))
}
