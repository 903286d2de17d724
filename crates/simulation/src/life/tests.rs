//! What was found once, as short stories.

use liftlock_core::decide::Wanted;
use liftlock_core::policy::{Gates, Policy};
use liftlock_core::{Command, PromotionId};

use super::Life;
use crate::faults::Faults;
use crate::generate::{self, is};
use crate::judge::Stage;
use crate::process::Act;
use crate::random::Random;
use crate::time::{DAWN, HOUR, MILLISECOND, SECOND};
use crate::world::{Shared, World};

/// A pipeline of two environments without gates, and r1.
fn life() -> Life {
    let mut random = Random::new(7);
    let world = World::new(DAWN, random.fork(), Faults::default(), true);
    let mut life = Life::new(Shared::new(world), &mut random, None);
    let mut policy = loop {
        let policy = generate::policy(&mut random, generate::PIPELINES[0]);
        let plain = policy
            .environments
            .iter()
            .all(|e| e.repositories.is_empty() && !e.tags.is_empty());
        if plain && policy.environments.len() == 2 && policy.images.len() == 1 {
            break policy;
        }
    };
    for environment in &mut policy.environments {
        environment.gates = Gates::None;
        environment.after.clear();
    }
    adopt(&mut life, policy);
    life.build(0);
    life.scheduler.run_to_end(HOUR);
    life
}

fn adopt(life: &mut Life, policy: Policy) {
    let policy = Box::new(policy);
    life.start(vec![(
        generate::owner(),
        Act::Record(Command::Adopt { policy }),
    )]);
    life.scheduler.run_to_end(HOUR);
}

/// Asks for r1 in the second environment, and lets the process die as soon as `dies` says so.
fn leave_behind(life: &mut Life, dies: impl Fn(&Life) -> bool) {
    let environment = life.policy().unwrap().environments[1].name.clone();
    let wanted = Wanted {
        release: is("r1"),
        environment,
        older: false,
        again: false,
    };
    life.start(vec![(
        generate::ci(),
        Act::Promote {
            wanted,
            detach: false,
        },
    )]);
    while !dies(life) {
        assert!(
            !life.scheduler.is_idle(),
            "it ended before it could be left behind"
        );
        life.scheduler.run_until(life.now() + MILLISECOND);
    }
    life.scheduler.end_all();
    life.scheduler.run_until(life.now() + SECOND);
}

fn stage(life: &Life) -> Option<Stage> {
    life.world.with(|world| {
        let attempt = world.judge.book.attempts.get(&PromotionId(1));
        attempt.map(|attempt| attempt.stage.clone())
    })
}

fn is_committed(life: &Life) -> bool {
    stage(life) == Some(Stage::Runs)
}

fn has_acted(life: &Life) -> bool {
    life.world.with(|world| {
        let attempt = world.judge.book.attempts.get(&PromotionId(1));
        attempt.is_some_and(|attempt| attempt.under_hand().any(|step| step.acts()))
    })
}

/// Ticks until nothing more happens, and looks whether anything is left lying about.
fn comes_to_rest(life: &mut Life) {
    life.settle();
    life.at_rest();
    let (breach, story) = life
        .world
        .with(|world| (world.breach.clone(), world.story.clone()));
    assert_eq!(breach, None, "{}", story.unwrap_or_default().join("\n"));
}

#[test]
fn a_promotion_left_behind_does_not_stay_in_the_way_when_the_pipeline_gets_an_image() {
    let mut life = life();
    leave_behind(&mut life, is_committed);
    let mut policy = life.policy().unwrap();
    policy
        .images
        .insert(is("web"), is("build.example.com/app/web"));
    adopt(&mut life, policy);
    comes_to_rest(&mut life);
    assert_eq!(stage(&life), Some(Stage::Waits));
}

#[test]
fn what_was_left_behind_in_an_environment_that_is_no_more_is_carried_on() {
    for acted in [false, true] {
        let mut life = life();
        leave_behind(&mut life, if acted { has_acted } else { is_committed });
        let mut policy = life.policy().unwrap();
        policy.environments.pop();
        adopt(&mut life, policy);
        comes_to_rest(&mut life);
        let stage = stage(&life);
        assert_eq!(matches!(stage, Some(Stage::Over(_))), acted, "{stage:?}");
    }
}
