//! A process may die at any instruction: what comes of it is the same.

use std::collections::BTreeMap;

use liftlock_core::plan::Step;
use liftlock_core::policy::SEMANTICS_VERSION;
use liftlock_core::promotion::Kind;
use liftlock_core::{Event, Policy, PromotionId};
use liftlock_oci::Digest;

use crate::actors::{oidc, token};
use crate::audit;
use crate::build::{Env, env, policy, with_web};
use crate::faults::{Faults, Moment, Place};
use crate::world::World;

/// What the world is in the end, without how it came to be.
fn end(world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let promotions = world.state.promotions.values();
    let promotions: BTreeMap<PromotionId, String> = promotions
        .map(|p| (p.request.id, format!("{:?} {:?}", p.request, p.status)))
        .collect();
    let environments = world.state.environments.iter();
    let environments: BTreeMap<_, _> = environments
        .map(|(name, there)| {
            let mut there = serde_json::to_value(there).unwrap();
            // Which events were the last is how it came to be.
            for last in ["touched", "shaken"] {
                there.as_object_mut().unwrap().remove(last);
            }
            (name.clone(), there)
        })
        .collect();
    (
        world.tags.clone(),
        world.copied.clone(),
        world.running.clone(),
        promotions,
        environments,
        world.state.incidents,
    )
}

/// Two releases one after the other, the second a failure where `faults` say so, and then back by
/// hand where that can be.
fn story(shape: fn() -> Policy, faults: Faults) -> World {
    let mut world = World::with(shape());
    // The properties audit each event; here only what is left in the end matters.
    world.audited = false;
    world.faults = faults;
    for name in ["r1", "r2"] {
        world.release(name);
        world.promote(name, "dev");
        audit::settled(&world);
        audit::quiet(&world);
    }
    if world.roll_back("dev", None, &oidc("bob")).is_ok() {
        world.tick();
        audit::settled(&world);
        audit::quiet(&world);
    }
    world
}

/// Every place that a story came by.
fn places(world: &World) -> Vec<Place> {
    let mut reverting = std::collections::BTreeSet::new();
    let mut places = Vec::new();
    for entry in &world.entries {
        match &entry.event {
            Event::ReversalStarted { promotion, .. } => {
                reverting.insert(*promotion);
            }
            Event::StepStarted { promotion, step } => places.push(Place {
                promotion: *promotion,
                reverting: reverting.contains(promotion),
                step: *step,
            }),
            _ => {}
        }
    }
    places
}

fn copies(world: &World, place: Place) -> bool {
    let plan = world.promotion(place.promotion.0).plan.as_ref();
    let step = plan.and_then(|plan| plan.steps.get(place.step as usize));
    !place.reverting && matches!(step, Some(Step::Copy { .. }))
}

fn at_every_instruction(shape: fn() -> Policy, faults: &Faults) -> usize {
    let undisturbed = story(shape, faults.clone());
    let tried = &undisturbed.faults.tried;
    if !faults.listed.is_empty() && !faults.listed.iter().any(|place| tried.contains_key(place)) {
        // There is no such step.
        return 0;
    }
    let places = places(&undisturbed);
    for place in &places {
        let mut moments = vec![Moment::Before, Moment::Started, Moment::Done];
        if copies(&undisturbed, *place) {
            moments.push(Moment::Half);
        }
        for moment in moments {
            let mut faults = faults.clone();
            faults.crashes.insert((*place, moment));
            let world = story(shape, faults);
            assert!(
                world.faults.crashes.is_empty(),
                "{place:?} {moment:?} was not reached"
            );
            assert_eq!(
                end(&world),
                end(&undisturbed),
                "after a crash at {place:?} {moment:?}"
            );
        }
    }
    places.len()
}

const REGIONS: [&str; 2] = ["eu.example.com/{image}", "us.example.com/{image}"];

const SHAPES: [fn() -> Policy; 4] = [
    || two(env("dev").tags(&["dev", "dev-{version}"])),
    || two(env("dev").tags(&["dev", "dev-{version}"]).checked()),
    || {
        let tagged = env("dev").tags(&["dev", "dev-{version}"]);
        two(tagged.deploys().checked())
    },
    || two(env("dev").deploys().checked().never_rolls_back()),
];

/// With repositories of their own, which multiply the steps.
const PLACES: [fn() -> Policy; 3] = [
    || two(env("dev").repositories(&REGIONS).checked()),
    || {
        let copied = env("dev").repositories(&REGIONS);
        one(copied.tags(&["dev", "dev-{version}"]).deploys().checked())
    },
    || {
        let built = "registry.example.com/app/{image}";
        one(env("dev").repositories(&[built, REGIONS[0]]).deploys())
    },
];

fn one(environment: Env) -> Policy {
    policy(vec![environment])
}

fn two(environment: Env) -> Policy {
    with_web(one(environment))
}

#[test]
fn a_crash_anywhere_changes_nothing_in_the_end() {
    for shape in SHAPES.into_iter().chain(PLACES) {
        assert!(at_every_instruction(shape, &Faults::default()) > 10);
    }
}

fn in_every_failure(shapes: &[fn() -> Policy]) {
    for shape in shapes {
        let mut failures = 0;
        for promotion in [1, 2, 3] {
            for step in 0..16 {
                let mut faults = Faults::default();
                for reverting in [false, true] {
                    faults.listed.insert(Place {
                        promotion: PromotionId(promotion),
                        reverting,
                        step: if reverting { 0 } else { step },
                    });
                }
                failures += usize::from(at_every_instruction(*shape, &faults) > 0);
            }
        }
        assert!(failures > 10, "only {failures} failures");
    }
}

#[test]
fn a_crash_anywhere_in_a_failure_changes_nothing_in_the_end() {
    in_every_failure(&SHAPES);
}

#[test]
fn a_crash_anywhere_in_a_failed_copy_changes_nothing_in_the_end() {
    in_every_failure(&PLACES);
}

#[test]
fn what_was_committed_but_not_begun_is_decided_again() {
    let mut world = World::with(policy(vec![
        env("dev").gate("tests", crate::build::tests()),
    ]));
    world.release("r1");
    world.evidence("r1", "tests", true);
    let id = world.ask("r1", "dev");
    assert!(world.commit(PromotionId(id), &token("ci")));
    world.crash();
    world.revoke(1);
    world.faults.seed = 0;
    let committed = world.commit(PromotionId(id), &token("ci"));
    assert!(committed);
    assert_eq!(world.outcome(id), "waiting");
    assert!(matches!(
        world.entries.last().unwrap().event,
        Event::PromotionReopened { .. }
    ));
    assert_eq!(world.tag("api", "dev"), None::<Digest>);
}

#[test]
fn what_was_tagged_goes_back_if_its_evidence_was_revoked_meanwhile() {
    let mut world = World::with(policy(vec![
        env("dev").gate("tests", crate::build::tests()),
    ]));
    for name in ["r1", "r2"] {
        world.release(name);
        world.evidence(name, "tests", true);
    }
    world.promote("r1", "dev");
    let before = world.tag("api", "dev");
    let id = world.ask("r2", "dev");
    assert!(world.commit(PromotionId(id), &token("ci")));
    let plan = world.promotion(id).plan.clone().unwrap();
    assert_eq!(
        (plan.semantics, plan.kind),
        (SEMANTICS_VERSION, Kind::Promote)
    );
    for step in 0..2 {
        let promotion = PromotionId(id);
        let start = liftlock_core::Command::StartStep { promotion, step };
        world.run(&start, &token("ci")).unwrap();
        if step == 0 {
            let result = liftlock_core::decide::StepResult {
                done: true,
                summary: "kept".to_owned(),
                output: None,
            };
            let end = liftlock_core::Command::EndStep {
                promotion,
                step,
                result,
                stopped: Vec::new(),
            };
            world.run(&end, &token("ci")).unwrap();
        }
    }
    // The tag was moved, and the process died before it could say so.
    let at = (crate::build::repository("api"), crate::build::is("dev"));
    world.tags.insert(at, crate::build::digest("api r2"));
    world.crash();
    world.revoke(2);
    world.tick();
    assert_eq!(world.outcome(id), "rolled back");
    assert_eq!(world.tag("api", "dev"), before);
    assert_eq!(world.current("dev").as_deref(), Some("r1"));
}
