//! Checks run side by side, but for those that wait for others.

use std::collections::BTreeMap;

use liftlock_core::decide::StepResult;
use liftlock_core::event::Event;
use liftlock_core::plan::Step;
use liftlock_core::policy::{Check, CheckKind};
use liftlock_core::promotion::Status;
use liftlock_core::{Command, PromotionId};

use crate::actors::token;
use crate::build::{env, is, policy, span};
use crate::world::World;

/// A promotion into an environment with these checks, each with those it waits for, that has come
/// to the first of them.
fn at_the_checks(checks: &[(&str, &[&str])]) -> (World, PromotionId) {
    let checks = checks
        .iter()
        .map(|(name, after)| Check {
            every: None,
            name: is(name),
            kind: CheckKind::Command {
                command: vec!["check".to_owned()],
                env: BTreeMap::new(),
                within: span("1m"),
            },
            after: after.iter().map(|name| is(name)).collect(),
        })
        .collect();
    let mut dev = policy(vec![env("dev").deploys()]);
    dev.environments[0].checks = checks;
    let mut world = World::with(dev);
    world.release("r1");
    let promotion = PromotionId(world.ask("r1", "dev"));
    assert!(world.commit(promotion, &token("ci")));
    while next(&world, promotion).is_empty() {
        let step = world.promotion(promotion.0).next_step().unwrap().0;
        start(&mut world, promotion, step).unwrap();
        end(&mut world, promotion, step, true).unwrap();
    }
    (world, promotion)
}

/// The checks that may be under way, with their places.
fn next(world: &World, promotion: PromotionId) -> Vec<(u32, String)> {
    let steps = world.promotion(promotion.0).next_steps();
    let named = steps.into_iter().filter_map(|(place, step)| match step {
        Step::Check { name, .. } => Some((place, name.to_string())),
        _ => None,
    });
    named.collect()
}

fn names(world: &World, promotion: PromotionId) -> String {
    let names: Vec<String> = next(world, promotion).into_iter().map(|(_, n)| n).collect();
    names.join(" ")
}

fn place(world: &World, promotion: PromotionId, check: &str) -> u32 {
    let steps = &world.promotion(promotion.0).plan.as_ref().unwrap().steps;
    let is_it = |step: &Step| matches!(step, Step::Check { name, .. } if name.as_str() == check);
    steps.iter().position(is_it).unwrap() as u32
}

type Went = Result<Vec<Event>, liftlock_core::Refusal>;

fn start(world: &mut World, promotion: PromotionId, step: u32) -> Went {
    world.go(&Command::StartStep { promotion, step }, &token("ci"))
}

fn end(world: &mut World, promotion: PromotionId, step: u32, done: bool) -> Went {
    end_with(world, promotion, (step, done), &[])
}

/// Ends a step, and those beside it that are stopped because of it.
fn end_with(
    world: &mut World,
    promotion: PromotionId,
    (step, done): (u32, bool),
    stopped: &[u32],
) -> Went {
    let result = StepResult {
        done,
        summary: "said".to_owned(),
        output: None,
    };
    let end = Command::EndStep {
        promotion,
        step,
        result,
        stopped: stopped.to_vec(),
    };
    world.go(&end, &token("ci"))
}

#[test]
fn checks_that_wait_for_none_may_be_under_way_together() {
    let (mut world, id) = at_the_checks(&[("a", &[]), ("b", &[]), ("c", &[])]);
    assert_eq!(names(&world, id), "a b c");
    let [a, b, c] = ["a", "b", "c"].map(|name| place(&world, id, name));
    for step in [b, a] {
        assert_eq!(start(&mut world, id, step).unwrap().len(), 1);
    }
    assert!(end(&mut world, id, c, true).is_err(), "not begun");
    end(&mut world, id, b, true).unwrap();
    assert_eq!(names(&world, id), "a c");
    assert!(start(&mut world, id, b).is_err(), "over");
    start(&mut world, id, c).unwrap();
    end(&mut world, id, a, true).unwrap();
    assert_eq!(names(&world, id), "c");
    // The tags come only after the last.
    assert!(start(&mut world, id, c + 1).is_err());
    end(&mut world, id, c, true).unwrap();
    assert!(start(&mut world, id, c + 1).is_ok());
}

#[test]
fn a_check_waits_for_those_it_names_wherever_they_stand() {
    let checks: [(&str, &[&str]); 4] = [
        ("load", &["health", "smoke"]),
        ("health", &[]),
        ("smoke", &["health"]),
        ("errors", &[]),
    ];
    let (mut world, id) = at_the_checks(&checks);
    assert_eq!(names(&world, id), "health errors");
    let [load, health, smoke] = ["load", "health", "smoke"].map(|name| place(&world, id, name));
    assert!(
        health < smoke && smoke < load,
        "each after those it waits for"
    );
    assert!(start(&mut world, id, smoke).is_err());
    start(&mut world, id, health).unwrap();
    assert!(start(&mut world, id, smoke).is_err(), "begun is not passed");
    end(&mut world, id, health, true).unwrap();
    assert_eq!(names(&world, id), "smoke errors");
    start(&mut world, id, smoke).unwrap();
    end(&mut world, id, smoke, true).unwrap();
    assert_eq!(names(&world, id), "load errors");
}

#[test]
fn the_first_that_fails_ends_all_that_is_not_done() {
    let (mut world, id) = at_the_checks(&[("a", &[]), ("b", &[])]);
    let [a, b] = ["a", "b"].map(|name| place(&world, id, name));
    start(&mut world, id, a).unwrap();
    start(&mut world, id, b).unwrap();
    let events = end(&mut world, id, b, false).unwrap();
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::PromotionEnded { .. }))
    );
    let promotion = world.promotion(id.0);
    assert!(!promotion.is_open());
    assert!(promotion.journal.is_started(a) && !promotion.journal.is_done(a));
    assert!(end(&mut world, id, a, true).is_err(), "it is over");
}

/// They have an end in the record, but not one of their own: nothing is held against them.
#[test]
fn what_is_stopped_beside_one_that_fails_is_recorded_with_it() {
    let checks: [(&str, &[&str]); 4] = [("a", &[]), ("b", &[]), ("c", &[]), ("d", &["a"])];
    let (mut world, id) = at_the_checks(&checks);
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| place(&world, id, name));
    for step in [a, b, c] {
        start(&mut world, id, step).unwrap();
    }
    end(&mut world, id, c, true).unwrap();
    // Nothing is stopped by one that passes, nor itself, what is over, or what was not begun.
    for (done, stopped) in [(true, a), (false, b), (false, c), (false, d), (false, 0)] {
        let refused = end_with(&mut world, id, (b, done), &[stopped]);
        assert!(refused.is_err(), "{stopped}: {refused:?}");
    }
    end_with(&mut world, id, (b, false), &[a]).unwrap();
    let journal = &world.promotion(id.0).journal;
    let ended = |step| journal.0[&step].ended.clone().unwrap();
    assert!(!ended(b).stopped && !ended(b).done);
    assert!(ended(a).stopped && !ended(a).done);
    assert_eq!(ended(a).summary, "stopped, because of check b");
    assert_eq!((journal.0[&a].failures, journal.0[&b].failures), (0, 1));
    assert!(ended(c).done && !journal.is_started(d));
}

#[test]
fn after_a_crash_those_that_did_not_end_are_run_again() {
    let (mut world, id) = at_the_checks(&[("a", &[]), ("b", &[])]);
    let [a, b] = ["a", "b"].map(|name| place(&world, id, name));
    start(&mut world, id, a).unwrap();
    start(&mut world, id, b).unwrap();
    end(&mut world, id, a, true).unwrap();
    world.crash();
    assert_eq!(world.promotion(id.0).status, Status::Running);
    assert_eq!(names(&world, id), "b");
    assert_eq!(start(&mut world, id, b).unwrap(), [], "begun already");
    end(&mut world, id, b, true).unwrap();
}
