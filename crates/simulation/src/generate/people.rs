//! The people of every world, honest and not, and their machines.

use std::collections::BTreeMap;

use liftlock_core::policy::{Policy, Verb, Who};
use liftlock_core::{Actor, Authentication, Identity};

use super::is;

/// Everyone who ever acts. Each person has several identities; mallory belongs nowhere.
const IDENTITIES: [&str; 14] = [
    "token:ci",
    "token:ci",
    "oidc:alice@example.com",
    "oidc:bob@example.com",
    "oidc:carol@example.com",
    "oidc:dan@example.com",
    "oidc:alice@home.example.com",
    "oidc:bob@home.example.com",
    "user:alice",
    "user:bob",
    "user:carol",
    "oidc:mallory@example.com",
    "token:other",
    "user:mallory",
];

fn actor(identity: &str) -> Actor {
    let identity: Identity = is(identity);
    let authentication = match identity {
        Identity::User(_) => Authentication::Claimed {
            os_user: "host".to_owned(),
        },
        _ => Authentication::Authenticated,
    };
    Actor {
        identity,
        authentication,
    }
}

pub(crate) fn actors() -> Vec<Actor> {
    IDENTITIES.into_iter().map(actor).collect()
}

/// Who builds, submits, and ticks.
pub(crate) fn ci() -> Actor {
    actor("token:ci")
}

/// Who may change the policy.
pub(crate) fn owner() -> Actor {
    actor("oidc:alice@example.com")
}

/// Whoever can approve anything.
pub(crate) fn crew() -> Vec<Actor> {
    ["alice", "bob", "carol", "dan"]
        .map(|name| actor(&format!("oidc:{name}@example.com")))
        .into()
}

pub(super) fn who(words: &[&str]) -> Vec<Who> {
    words.iter().map(|word| is(word)).collect()
}

/// Gives a policy its people, groups and permissions.
pub(super) fn settle(policy: &mut Policy) {
    let people = ["alice", "bob", "carol", "dan"].map(|name| {
        let identities = [
            format!("user:{name}"),
            format!("oidc:{name}@example.com"),
            format!("oidc:{name}@home.example.com"),
        ];
        (
            is(name),
            identities.iter().map(|identity| is(identity)).collect(),
        )
    });
    policy.people = people.into_iter().collect();
    policy.owners = who(&["alice"]);
    policy.groups = BTreeMap::from([
        (is("leads"), who(&["alice", "bob"])),
        (is("qa"), who(&["bob", "carol", "token:ci"])),
        (is("all"), who(&["alice", "bob", "carol", "dan"])),
    ]);
    policy.allow = BTreeMap::from([
        (Verb::Promote, who(&["all", "token:ci"])),
        (Verb::Rollback, who(&["leads", "token:ci"])),
        (Verb::Cancel, who(&["leads"])),
        (Verb::Revoke, who(&["qa"])),
    ]);
}
