//! Watching: a check that fails is an incident, and may bring the last known-good release back.

use liftlock_core::decide::{IncidentAnswer, answer_to_incident};
use liftlock_core::event::Event;
use liftlock_core::promotion::{Outcome, Status, Trigger};
use liftlock_core::verdict::Answer;
use liftlock_core::{Command, PromotionId, Refusal};

use crate::actors::{oidc, token};
use crate::build::{env, is, policy, repository, soak, span};
use crate::faults::Place;
use crate::watching::Noted;
use crate::world::World;

/// r1 and r2 were verified in staging, where an incident within an hour rolls back.
fn world() -> World {
    let staging = env("staging").deploys().checked().watched("1m");
    let staging = staging.rolls_back_within("1h").auto();
    let production = env("production").after("staging").gate("soak", soak("1h"));
    let mut world = World::with(policy(vec![staging, production]));
    for name in ["r1", "r2"] {
        world.release(name);
        world.promote(name, "staging");
    }
    world
}

fn names(noted: Noted) -> Vec<&'static str> {
    let events = noted.unwrap().into_iter();
    let names = events.map(|event| match event {
        Event::IncidentOpened { check: Some(_), .. } => "opened",
        Event::IncidentResolved { .. } => "resolved",
        Event::VerifiedAgain { .. } => "verified",
        Event::PromotionRequested(_) => "requested",
        Event::PromotionCommitted { .. } => "committed",
        Event::HoldStarted { .. } => "held",
        other => panic!("{other:?}"),
    });
    names.collect()
}

fn says(world: &mut World, reason: &str) {
    let open = Command::OpenIncident {
        environment: is("staging"),
        reason: reason.to_owned(),
    };
    world.go(&open, &oidc("alice")).unwrap();
}

fn soaked(world: &World) -> String {
    let there = world.state.environment(&is("staging"));
    let clock = there.soak.get(&is("r2")).copied().unwrap_or_default();
    clock.total(world.clock).to_string()
}

#[test]
fn a_check_that_fails_opens_an_incident_and_passing_again_ends_it() {
    let mut world = world();
    world.pass(span("2h"));
    assert!(names(world.look_at("staging", &token("ci"))).is_empty());
    assert_eq!(names(world.fails("staging", &token("ci"))), ["opened"]);
    assert!(names(world.fails("staging", &token("ci"))).is_empty());
    assert_eq!(soaked(&world), "0s");
    assert_eq!(
        world.answer("r2", "production", "after:staging"),
        Answer::Blocked
    );
    let passed = names(world.look_at("staging", &token("ci")));
    assert_eq!(passed, ["resolved", "verified"]);
    world.pass(span("3m"));
    assert_eq!(soaked(&world), "3m");
    assert_eq!(
        world.answer("r2", "production", "after:staging"),
        Answer::Passed
    );
}

#[test]
fn what_a_person_has_opened_no_check_ends() {
    let mut world = world();
    says(&mut world, "orders fail");
    assert!(names(world.look_at("staging", &token("ci"))).is_empty());
    assert!(names(world.fails("staging", &token("ci"))).is_empty());
}

#[test]
fn an_incident_soon_after_a_promotion_brings_the_last_good_release_back() {
    let mut world = world();
    world.pass(span("59m"));
    names(world.fails("staging", &token("ci")));
    assert_eq!(
        names(world.returns("staging", &token("ci"))),
        ["requested", "committed", "held"]
    );
    let request = &world.promotion(3).request;
    assert!(matches!(request.trigger, Some(Trigger::Incident { .. })));
    assert_eq!(request.release, is("r1"));
    world.tick();
    assert_eq!(world.outcome(3), "succeeded");
    assert_eq!(world.current("staging").as_deref(), Some("r1"));
    let there = world.state.environment(&is("staging"));
    assert!(there.incident.is_none() && there.withdrawn.contains_key(&is("r2")));
    assert!(there.hold.is_some(), "nothing comes back by itself");
}

#[test]
fn one_that_comes_later_does_not() {
    let mut world = world();
    world.pass(span("61m"));
    says(&mut world, "orders fail");
    assert_eq!(
        answer_to_incident(&world.state, &is("staging")),
        IncidentAnswer::Nothing
    );
    assert!(names(world.returns("staging", &token("ci"))).is_empty());
}

#[test]
fn never_from_a_rollback_and_never_twice() {
    let mut world = world();
    says(&mut world, "orders fail");
    names(world.returns("staging", &token("ci")));
    world.faults.listed.insert(Place {
        promotion: PromotionId(3),
        reverting: false,
        step: 3,
    });
    world.tick();
    assert_eq!(world.outcome(3), "failed");
    let person = |world: &World| {
        let answer = answer_to_incident(&world.state, &is("staging"));
        assert!(
            matches!(answer, IncidentAnswer::Person { .. }),
            "{answer:?}"
        );
    };
    person(&world);
    assert!(names(world.returns("staging", &token("ci"))).is_empty());
    // Nor where the rollback went well, and its release is not.
    let mut world = self::world();
    says(&mut world, "orders fail");
    names(world.returns("staging", &token("ci")));
    world.tick();
    says(&mut world, "orders still fail");
    person(&world);
}

#[test]
fn with_nothing_to_return_to_a_person_must_act() {
    let staging = env("staging").deploys().checked().rolls_back_within("1h");
    let mut world = World::with(policy(vec![staging]));
    world.release("r1");
    world.promote("r1", "staging");
    says(&mut world, "orders fail");
    let answer = answer_to_incident(&world.state, &is("staging"));
    assert!(
        matches!(answer, IncidentAnswer::Person { .. }),
        "{answer:?}"
    );
}

/// r2 is in dev, without a deployment, and its check fails while tags cannot be put back.
fn stuck() -> World {
    let mut world = World::with(policy(vec![env("dev").checked()]));
    for name in ["r1", "r2"] {
        world.release(name);
    }
    world.promote("r1", "dev");
    let id = world.ask("r2", "dev");
    let place = |reverting, step| Place {
        promotion: PromotionId(id),
        reverting,
        step,
    };
    world.faults.listed.insert(place(false, 2));
    assert!(world.commit(PromotionId(id), &token("ci")));
    for step in 0..3u32 {
        let promotion = PromotionId(id);
        let start = Command::StartStep { promotion, step };
        world.go(&start, &token("ci")).unwrap();
        let result = liftlock_core::decide::StepResult {
            done: step < 2,
            summary: "no answer".to_owned(),
            output: None,
        };
        let end = Command::EndStep {
            promotion,
            step,
            result,
            stopped: Vec::new(),
        };
        world.go(&end, &token("ci")).unwrap();
    }
    world
}

fn cancels(world: &mut World, by: &liftlock_core::Actor) -> Result<Vec<Event>, Refusal> {
    let cancel = Command::Cancel {
        release: is("r2"),
        environment: is("dev"),
        reason: "the registry is gone".to_owned(),
    };
    world.go(&cancel, by)
}

#[test]
fn what_cannot_be_put_back_can_be_given_up_and_is_named() {
    let mut world = stuck();
    assert_eq!(world.outcome(2), "reverting");
    let refusal = cancels(&mut world, &oidc("mallory")).unwrap_err();
    assert!(matches!(refusal, Refusal::NotAllowed { .. }), "{refusal}");
    cancels(&mut world, &oidc("alice")).unwrap();
    let Status::Ended(Outcome::Failed { reason }) = &world.promotion(2).status else {
        panic!("{:?}", world.promotion(2).status);
    };
    assert!(
        reason.ends_with(
            "not put back: registry.example.com/app/api:dev; given up: the registry is gone"
        ),
        "{reason}"
    );
    let incident = world.state.environment(&is("dev")).incident.as_ref();
    assert!(incident.unwrap().reason.contains(reason));
    // And the environment is free again.
    world.release("r3");
    world.promote("r3", "dev");
    assert_eq!(world.outcome(3), "succeeded");
}

/// A tag that someone else moves while a rollback goes on is not overwritten, whether its process
/// died or not.
#[test]
fn a_rollback_that_is_decided_again_expects_its_tags_where_it_did() {
    for dies in [false, true] {
        let mut world = World::with(policy(vec![env("dev").deploys().checked()]));
        for name in ["r1", "r2"] {
            world.release(name);
        }
        world.promote("r1", "dev");
        let place = |promotion, step| Place {
            promotion: PromotionId(promotion),
            reverting: false,
            step,
        };
        let id = world.ask("r2", "dev");
        world.faults.listed.insert(place(id, 3));
        // It is found again after it has deployed, and someone has moved the tag by then.
        let moment = crate::faults::Moment::Done;
        world.faults.crashes.insert((place(id, 1), moment));
        if dies {
            let moment = crate::faults::Moment::Before;
            world.faults.crashes.insert((place(3, 0), moment));
        }
        assert!(world.tick_until_death().is_err());
        world.crash();
        world.meddle(&repository("api"), &is("dev"));
        world.tick();
        assert_eq!(world.outcome(3), "failed", "dies: {dies}");
        assert_eq!(
            world.tag("api", "dev"),
            Some(crate::build::digest("foreign"))
        );
    }
}
