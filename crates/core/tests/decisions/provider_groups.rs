//! Groups that the provider of identities names at a login: in the file `oidc-group:NAME`.

use liftlock_core::policy::Who;
use liftlock_core::{Actor, Authentication, Groups, Refusal};

use crate::actors::{actor, oidc, token};
use crate::build::{approval, env, policy, tests, who};
use crate::world::World;

/// Someone whom the file does not name, in these groups of the provider.
pub(crate) fn member(name: &str, groups: &[&str]) -> Actor {
    let groups = Groups::of(groups.iter().copied()).unwrap();
    Actor::authenticated(oidc(name).identity, groups)
}

/// Production wants two of the provider's group `Release Managers`, or of bob.
fn gated() -> World {
    let dev = env("dev").gate("tests", tests()).gate(
        "sign-off",
        approval(&["oidc-group:Release Managers", "bob"], 2),
    );
    let mut world = World::with(policy(vec![dev]));
    world.release("r1");
    world.evidence("r1", "tests", true);
    world.ask("r1", "dev");
    world
}

/// For the golden streams: an approval by group, and by a member of a group of the file.
pub(crate) fn groups() -> World {
    let mut world = gated();
    let zoe = member("zoe", &["Release Managers"]);
    world.approve("r1", "dev", &zoe).unwrap();
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    world.tick();
    world
}

#[test]
fn whom_the_provider_puts_into_a_group_may_what_the_group_may() {
    let mut world = gated();
    for stranger in [
        oidc("zoe"),
        member("zoe", &["release managers", "Release"]),
        actor("user:zoe"),
    ] {
        let refused = world.approve("r1", "dev", &stranger);
        assert!(
            matches!(refused, Err(Refusal::NotAllowed { .. })),
            "{refused:?}"
        );
    }
    world
        .approve("r1", "dev", &member("zoe", &["Release Managers"]))
        .unwrap();
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
}

#[test]
fn one_person_fills_one_slot_by_subject_and_by_group() {
    let mut world = gated();
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    // The same person, who is of the group too by the next login, and by another identity of his.
    let again = world.approve("r1", "dev", &member("bob", &["Release Managers"]));
    assert!(again.is_err() || again.unwrap().is_empty());
    world.tick();
    assert_eq!(world.current("dev"), None);
}

#[test]
fn an_approval_counts_by_the_groups_of_its_own_time() {
    let mut world = gated();
    world
        .approve("r1", "dev", &member("zoe", &["Release Managers"]))
        .unwrap();
    // She has left the group since, and does something else.
    world.release("r2");
    let entry = world.entries.last().unwrap();
    assert!(matches!(
        entry.actor.authentication,
        Authentication::Authenticated
    ));
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
}

#[test]
fn a_machine_in_a_group_still_approves_nothing() {
    let mut world = gated();
    let groups = Groups::of(["Release Managers"]).unwrap();
    let machine = Actor::authenticated(token("ci").identity, groups);
    assert!(world.approve("r1", "dev", &machine).is_err());
}

#[test]
fn only_groups_that_a_policy_names_are_recorded() {
    let mut policy = policy(vec![env("dev")]);
    let zoe = member("zoe", &["a", "b", "Release Managers"]);
    assert_eq!(zoe.as_known_to([&policy]), oidc("zoe"));
    policy.owners.extend(who(&["oidc-group:b"]));
    policy
        .groups
        .values_mut()
        .for_each(|members| members.extend(who(&["oidc-group:Release Managers"])));
    let known = zoe.as_known_to([&policy]);
    assert_eq!(known, member("zoe", &["b", "Release Managers"]));
    // As it is written, and as it always was without.
    let written = serde_json::to_string(&known.authentication).unwrap();
    assert_eq!(
        written,
        r#"{"how":"in-groups","groups":["Release Managers","b"]}"#
    );
    assert_eq!(
        serde_json::from_str::<Authentication>(&written).unwrap(),
        known.authentication
    );
    let written = serde_json::to_string(&oidc("zoe").authentication).unwrap();
    assert_eq!(written, r#"{"how":"authenticated"}"#);
    assert!(policy.problems().is_empty(), "{:?}", policy.problems());
}

#[test]
fn names_of_groups_are_bounded_and_what_is_no_name_is_nobody() {
    for bad in ["oidc-group:", "oidc-group: x", "oidc-group:x\n", "group:x"] {
        assert!(bad.parse::<Who>().is_err(), "{bad:?}");
    }
    let long = "x".repeat(256);
    assert!(format!("oidc-group:{long}").parse::<Who>().is_err());
    let name = "oidc-group:/org/Release Managers:eu";
    assert_eq!(name.parse::<Who>().unwrap().to_string(), name);
    assert!(Groups::of([long.as_str(), "", " x"]).unwrap().is_empty());
    let many: Vec<String> = (0..501).map(|n| n.to_string()).collect();
    assert!(Groups::of(many.iter().map(String::as_str)).is_err());
    let long: Vec<String> = (0..100).map(|n| format!("{n:0250}")).collect();
    assert!(Groups::of(long.iter().map(String::as_str)).is_err());
}
