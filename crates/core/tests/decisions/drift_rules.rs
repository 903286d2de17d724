//! Drift: seen once, put right by a promotion, and until then nothing is verified.

use liftlock_core::drift::Drift;
use liftlock_core::event::Event;
use liftlock_core::freeze::Scope;
use liftlock_core::policy::Verb;
use liftlock_core::promotion::Trigger;
use liftlock_core::verdict::Answer;
use liftlock_core::{PromotionId, Refusal};

use crate::actors::{oidc, token};
use crate::build::{digest, env, is, policy, repository, soak, span, who};
use crate::faults::Place;
use crate::watching::Noted;
use crate::world::World;

/// r1 is verified in staging for ten minutes; production wants an hour of that.
fn world() -> World {
    let staging = env("staging").deploys().checked();
    let production = env("production").after("staging").gate("soak", soak("1h"));
    let mut world = World::with(policy(vec![staging, production]));
    world.release("r1");
    world.promote("r1", "staging");
    world.pass(span("10m"));
    world
}

fn names(noted: Noted) -> Vec<&'static str> {
    let events = noted.unwrap().into_iter();
    let names = events.map(|event| match event {
        Event::DriftSeen { .. } => "seen",
        Event::DriftResolved { .. } => "resolved",
        Event::VerifiedAgain { .. } => "verified",
        other => panic!("{other:?}"),
    });
    names.collect()
}

fn soaked(world: &World) -> String {
    let there = world.state.environment(&is("staging"));
    let clock = there.soak.get(&is("r1")).copied().unwrap_or_default();
    clock.total(world.clock).to_string()
}

fn run_by_hand(world: &mut World, content: &str) {
    let running = world.running.get_mut(&is("staging")).unwrap();
    running.insert(is("api"), digest(content));
}

#[test]
fn what_is_as_recorded_is_no_event() {
    let mut world = world();
    assert!(names(world.look_at("staging", &token("ci"))).is_empty());
    assert!(names(world.look_at("production", &token("ci"))).is_empty());
}

#[test]
fn a_tag_moved_by_someone_else_is_seen_once_and_again_when_it_moves_on() {
    let mut world = world();
    world.meddle(&repository("api"), &is("staging"));
    assert_eq!(names(world.look_at("staging", &token("ci"))), ["seen"]);
    assert!(names(world.look_at("staging", &token("ci"))).is_empty());
    let since = world
        .state
        .environment(&is("staging"))
        .drift
        .as_ref()
        .unwrap()
        .since;
    world
        .tags
        .remove(&(repository("api"), is("staging")))
        .unwrap();
    assert_eq!(names(world.look_at("staging", &token("ci"))), ["seen"]);
    let drift = world
        .state
        .environment(&is("staging"))
        .drift
        .clone()
        .unwrap();
    assert_eq!(drift.since, since, "it has drifted since it was first seen");
    assert!(matches!(
        &drift.drifts[..],
        [Drift::Tag { found: None, .. }]
    ));
}

#[test]
fn what_someone_deployed_and_what_is_gone_from_the_registry_is_drift() {
    let mut world = world();
    run_by_hand(&mut world, "by hand");
    let built = world.state.releases[&is("r1")].content.pinned();
    world.gone.extend(built.into_values());
    assert_eq!(names(world.look_at("staging", &token("ci"))), ["seen"]);
    let drift = world
        .state
        .environment(&is("staging"))
        .drift
        .clone()
        .unwrap();
    let said: Vec<_> = drift.drifts.iter().map(Drift::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("api runs sha256:"), "{said:?}");
    assert!(said[1].ends_with("is gone from the registry"), "{said:?}");
}

#[test]
fn it_puts_soak_to_zero_and_verified_comes_back_with_a_passing_check() {
    let mut world = world();
    run_by_hand(&mut world, "by hand");
    names(world.look_at("staging", &token("ci")));
    assert_eq!(soaked(&world), "0s");
    let (answer, why) = world.verdict("r1", "production", "after:staging");
    assert_eq!(answer, Answer::Blocked);
    assert!(why.starts_with("drift in staging since "), "{why}");
    run_by_hand(&mut world, "api r1");
    let seen = world.seen("staging", false);
    assert_eq!(
        names(world.note("staging", seen, &token("ci"))),
        ["resolved"]
    );
    world.pass(span("1h"));
    assert_eq!(soaked(&world), "0s", "no check has passed yet");
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Blocked
    );
    assert_eq!(names(world.look_at("staging", &token("ci"))), ["verified"]);
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Passed
    );
    world.pass(span("10m"));
    assert_eq!(soaked(&world), "10m");
}

#[test]
fn what_could_only_be_looked_at_in_part_is_not_well_again() {
    let mut world = world();
    run_by_hand(&mut world, "by hand");
    names(world.look_at("staging", &token("ci")));
    let mut seen = world.seen("staging", true);
    seen.observed.running.clear();
    seen.partly = true;
    assert!(names(world.note("staging", seen, &token("ci"))).is_empty());
}

#[test]
fn what_a_promotion_changes_meanwhile_is_no_drift() {
    let mut world = world();
    let mut seen = world.seen("staging", true);
    world.release("r2");
    world.promote("r2", "staging");
    assert!(names(world.note("staging", seen.clone(), &token("ci"))).is_empty());
    // And nothing is judged while one is under way.
    world.meddle(&repository("api"), &is("staging"));
    world.release("r3");
    let id = world.ask("r3", "staging");
    assert!(world.commit(PromotionId(id), &token("ci")));
    seen = world.seen("staging", true);
    assert!(names(world.note("staging", seen, &token("ci"))).is_empty());
}

#[test]
fn a_new_place_of_the_environment_is_no_drift() {
    let mut world = world();
    let staging = env("staging")
        .tags(&["staging", "latest"])
        .deploys()
        .checked();
    world.adopt(policy(vec![staging]), &oidc("alice")).unwrap();
    assert!(names(world.look_at("staging", &token("ci"))).is_empty());
}

#[test]
fn a_repair_brings_back_what_was_recorded_past_freezes() {
    let mut world = world();
    run_by_hand(&mut world, "by hand");
    world.meddle(&repository("api"), &is("staging"));
    names(world.look_at("staging", &token("ci")));
    world
        .freeze(Scope::All, "1d", "the fair", &oidc("alice"))
        .unwrap();
    world.repair("staging", &oidc("bob")).unwrap();
    let request = world.promotion(2).request.clone();
    assert_eq!(request.trigger, Some(Trigger::Drift));
    assert_eq!(request.release, is("r1"));
    world.tick();
    assert_eq!(world.outcome(2), "succeeded");
    let there = world.state.environment(&is("staging"));
    assert_eq!(there.drift, None);
    assert!(there.current.as_ref().unwrap().verified);
    assert_eq!(world.tag("api", "staging"), Some(digest("api r1")));
    world.pass(span("5m"));
    assert_eq!(soaked(&world), "5m");
}

#[test]
fn a_repair_overwrites_nothing_that_nobody_has_seen() {
    let mut world = world();
    world.meddle(&repository("api"), &is("staging"));
    names(world.look_at("staging", &token("ci")));
    let place = (repository("api"), is("staging"));
    world.tags.insert(place, digest("later"));
    let refusal = world.repair("staging", &oidc("bob")).unwrap_err();
    assert!(
        matches!(refusal, Refusal::DriftedFurther { .. }),
        "{refusal}"
    );
}

#[test]
fn a_repair_needs_drift_leave_and_a_release_that_is_good() {
    let mut world = world();
    assert!(world.repair("staging", &oidc("bob")).unwrap().is_empty());
    world.meddle(&repository("api"), &is("staging"));
    names(world.look_at("staging", &token("ci")));
    let refusal = world.repair("staging", &oidc("mallory")).unwrap_err();
    assert!(matches!(refusal, Refusal::NotAllowed { .. }), "{refusal}");
    let incident = liftlock_core::Command::OpenIncident {
        environment: is("staging"),
        reason: "orders fail".to_owned(),
    };
    world.go(&incident, &oidc("alice")).unwrap();
    let refusal = world.repair("staging", &oidc("bob")).unwrap_err();
    assert!(matches!(refusal, Refusal::Blocked { .. }), "{refusal}");
}

#[test]
fn a_repair_that_fails_opens_an_incident() {
    let mut world = world();
    run_by_hand(&mut world, "by hand");
    names(world.look_at("staging", &token("ci")));
    world.repair("staging", &oidc("bob")).unwrap();
    world.faults.listed.insert(Place {
        promotion: PromotionId(2),
        reverting: false,
        step: 3,
    });
    world.tick();
    assert_eq!(world.outcome(2), "failed");
    let incident = &world.state.environment(&is("staging")).incident;
    let why = &incident.as_ref().unwrap().reason;
    assert!(
        why.starts_with("the repair of staging to r1 failed, and a person must act"),
        "{why}"
    );
}

#[test]
fn the_next_success_there_ends_it() {
    let mut world = world();
    run_by_hand(&mut world, "by hand");
    names(world.look_at("staging", &token("ci")));
    world.release("r2");
    world.promote("r2", "staging");
    assert_eq!(world.state.environment(&is("staging")).drift, None);
}

#[test]
fn after_an_incident_that_is_over_a_look_with_a_passing_check_verifies_again() {
    let mut world = world();
    let incident = |open| match open {
        true => liftlock_core::Command::OpenIncident {
            environment: is("staging"),
            reason: "orders fail".to_owned(),
        },
        false => liftlock_core::Command::ResolveIncident {
            environment: is("staging"),
        },
    };
    world.go(&incident(true), &oidc("alice")).unwrap();
    assert!(names(world.look_at("staging", &token("ci"))).is_empty());
    world.go(&incident(false), &oidc("alice")).unwrap();
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Blocked
    );
    assert_eq!(names(world.look_at("staging", &token("ci"))), ["verified"]);
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Passed
    );
}

#[test]
fn who_may_promote_roll_back_or_open_incidents_may_record_it() {
    let mut world = world();
    let mut pipeline = world.state.policy().unwrap().clone();
    pipeline.allow.insert(Verb::Incident, who(&["carol"]));
    world.adopt(pipeline, &oidc("alice")).unwrap();
    world.meddle(&repository("api"), &is("staging"));
    let refusal = world.look_at("staging", &oidc("mallory")).unwrap_err();
    assert!(matches!(refusal, Refusal::NotAllowed { .. }), "{refusal}");
    assert_eq!(names(world.look_at("staging", &oidc("carol"))), ["seen"]);
}

#[test]
fn a_deployment_that_fails_half_way_stops_the_old_clock() {
    let mut world = world();
    let staging = env("staging").deploys().checked().never_rolls_back();
    let production = env("production").after("staging").gate("soak", soak("1h"));
    world
        .adopt(policy(vec![staging, production]), &oidc("alice"))
        .unwrap();
    world.release("r2");
    let id = world.ask("r2", "staging");
    world.faults.listed.insert(Place {
        promotion: PromotionId(id),
        reverting: false,
        step: 1,
    });
    let earned = soaked(&world);
    world.tick();
    assert_eq!(world.outcome(id), "failed");
    assert_eq!(world.current("staging").as_deref(), Some("r1"));
    world.pass(span("2h"));
    assert_eq!(soaked(&world), earned, "nobody knows what runs");
}

#[test]
fn a_look_that_began_before_something_was_found_wrong_says_nothing() {
    let mut world = world();
    let stale = world.seen("staging", true);
    run_by_hand(&mut world, "by hand");
    assert_eq!(names(world.look_at("staging", &token("ci"))), ["seen"]);
    run_by_hand(&mut world, "api r1");
    assert!(names(world.note("staging", stale, &token("ci"))).is_empty());
    assert_eq!(
        names(world.look_at("staging", &token("ci"))),
        ["resolved", "verified"]
    );
}
