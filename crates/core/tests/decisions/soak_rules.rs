//! `semantics`, "Soak".

use liftlock_core::PromotionId;
use liftlock_core::verdict::Answer;

use crate::actors::oidc;
use crate::build::{Env, env, is, policy, soak, span, tests};
use crate::faults::Place;
use crate::world::World;

fn staging() -> Env {
    env("staging").deploys().checked().gate("tests", tests())
}

/// r1 is verified in staging; production wants an hour of soak there.
fn world() -> World {
    let production = env("production").after("staging").gate("soak", soak("1h"));
    let mut world = World::with(policy(vec![staging(), production]));
    for name in ["r1", "r2"] {
        world.release(name);
        world.evidence(name, "tests", true);
    }
    world.promote("r1", "staging");
    world
}

fn soaked(world: &World, release: &str) -> String {
    let there = world.state.environment(&is("staging"));
    let clock = there.soak.get(&is(release)).copied().unwrap_or_default();
    clock.total(world.clock).to_string()
}

#[test]
fn it_is_time_as_current_and_verified() {
    let mut world = world();
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Waiting);
    world.pass(liftlock_core::Span::from_us(span("1h").us() - 1));
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Waiting);
    world.pass(liftlock_core::Span::from_us(1));
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Passed);
}

#[test]
fn displacement_pauses_what_was_earned() {
    let mut world = world();
    world.pass(span("40m"));
    world.promote("r2", "staging");
    let earned = soaked(&world, "r1");
    world.pass(span("3h"));
    assert_eq!(soaked(&world, "r1"), earned);
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Waiting);
    // Back again, by promotion and not by rollback: it goes on from there.
    let wanted = liftlock_core::decide::Wanted {
        older: true,
        ..crate::world::wanted("r1", "staging")
    };
    world.request(wanted, &crate::actors::token("ci")).unwrap();
    world.tick();
    world.pass(span("20m"));
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Passed);
}

#[test]
fn a_revocation_puts_it_to_zero_and_it_starts_again() {
    let mut world = world();
    world.pass(span("50m"));
    world.revoke(1);
    assert_eq!(soaked(&world, "r1"), "0s");
    world.pass(span("2h"));
    assert_eq!(soaked(&world, "r1"), "0s");
    world.evidence("r1", "tests", true);
    world.pass(span("10m"));
    assert_eq!(soaked(&world, "r1"), "10m");
}

#[test]
fn a_failed_recheck_puts_it_to_zero() {
    let mut world = world();
    world.pass(span("50m"));
    world.evidence("r1", "tests", false);
    assert_eq!(soaked(&world, "r1"), "0s");
}

#[test]
fn a_revocation_while_displaced_leaves_nothing_either() {
    let mut world = world();
    world.pass(span("50m"));
    world.promote("r2", "staging");
    world.revoke(1);
    assert_eq!(soaked(&world, "r1"), "0s");
    world.evidence("r1", "tests", true);
    assert_eq!(soaked(&world, "r1"), "0s");
}

#[test]
fn a_failed_check_puts_it_to_zero() {
    let mut world = world();
    world.pass(span("2h"));
    world.faults.listed.insert(Place {
        promotion: PromotionId(2),
        reverting: false,
        step: 3,
    });
    let wanted = liftlock_core::decide::Wanted {
        again: true,
        ..crate::world::wanted("r1", "staging")
    };
    world.request(wanted, &crate::actors::token("ci")).unwrap();
    world.tick();
    assert_eq!(world.outcome(2), "nothing to return to");
    assert_eq!(soaked(&world, "r1"), "0s");
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Blocked
    );
}

#[test]
fn what_is_rolled_back_from_has_nothing() {
    let mut world = world();
    world.promote("r2", "staging");
    world.pass(span("2h"));
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(soaked(&world, "r2"), "0s");
}

#[test]
fn an_upstream_that_nothing_observes_is_an_error_in_the_file() {
    let production = || env("production").after("staging").gate("soak", soak("1h"));
    let unobserved = policy(vec![env("staging"), production()]);
    assert_ne!(unobserved.problems(), []);
    for observed in [env("staging").checked(), env("staging").deploys()] {
        assert_eq!(policy(vec![observed, production()]).problems(), []);
    }
    let nowhere = policy(vec![env("production").gate("soak", soak("1h"))]);
    assert_ne!(nowhere.problems(), []);
}

#[test]
fn another_policy_stops_and_starts_the_clock_at_once() {
    let plain = |gate: Option<&str>| {
        let staging = env("staging").deploys().checked();
        let staging = match gate {
            Some(name) => staging.gate(name, tests()),
            None => staging,
        };
        let production = env("production").after("staging").gate("soak", soak("1h"));
        policy(vec![staging, production.gate("load", tests())])
    };
    let mut world = World::with(plain(None));
    world.release("r1");
    // It speaks against nothing in staging, which has no such gate yet.
    world.evidence("r1", "load", false);
    world.promote("r1", "staging");
    world.pass(span("20m"));
    world.adopt(plain(Some("load")), &oidc("alice")).unwrap();
    assert_eq!(soaked(&world, "r1"), "0s");
    world.pass(span("20m"));
    assert_eq!(soaked(&world, "r1"), "0s");
    world.adopt(plain(None), &oidc("alice")).unwrap();
    world.pass(span("20m"));
    assert_eq!(soaked(&world, "r1"), "20m");
}
