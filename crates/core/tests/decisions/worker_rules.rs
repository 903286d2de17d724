//! A worker carries out what was asked for, and does nothing else, whoever lists it.

use liftlock_core::policy::{Verb, Who};
use liftlock_core::{Actor, Authentication, Command, Policy, PromotionId, Refusal};

use crate::actors::{oidc, token, worker};
use crate::authority::{TABLE, command, gated, prepared};
use crate::build::{approval, claimed, env, is, policy, who};
use crate::world::World;

/// A pipeline in which someone has listed the worker wherever anyone can be listed.
fn listing(mut policy: Policy) -> Policy {
    let one: Who = "worker:one".parse().unwrap();
    policy.owners.push(one.clone());
    for group in policy.groups.values_mut() {
        group.push(one.clone());
    }
    for verb in Verb::ALL {
        policy
            .allow
            .insert(verb, who(&["token:ci", "worker:one", "leads"]));
    }
    policy
}

fn claiming(name: &str) -> Actor {
    let authentication = Authentication::Claimed {
        os_user: "host".to_owned(),
    };
    Actor {
        authentication,
        ..worker(name)
    }
}

#[test]
fn a_worker_does_nothing_that_a_person_answers_for() {
    for policy in [listing(gated()), claimed(listing(gated()))] {
        let world = prepared(policy);
        for (name, ..) in TABLE.iter().filter(|(name, ..)| *name != "evidence") {
            for actor in [worker("one"), claiming("one")] {
                let asked = command(&world, name);
                let answer = world.clone().go(&asked, &actor);
                let refused = matches!(answer, Err(Refusal::NotAllowed { .. }));
                assert!(refused, "{name} by {actor}: {answer:?}");
            }
        }
    }
}

#[test]
fn a_worker_carries_out_what_others_asked_for_though_nobody_lists_it() {
    let mut world = World::with(policy(vec![env("dev").deploys().checked()]));
    world.release("r1");
    world.ask("r1", "dev");
    world.ticked_by = worker("one");
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
    assert_eq!(world.promotion(1).requested_by, token("ci"));
    world.look_at("dev", &worker("one")).unwrap();
}

#[test]
fn who_only_says_to_be_a_worker_carries_out_nothing() {
    let mut world = World::with(claimed(policy(vec![env("dev")])));
    world.release("r1");
    world.ask("r1", "dev");
    assert!(!world.commit(PromotionId(1), &claiming("one")));
    let refused = world.go(&Command::Expire, &claiming("one")).unwrap_err();
    assert!(matches!(refused, Refusal::NotAllowed { .. }), "{refused}");
}

#[test]
fn what_goes_in_by_itself_is_asked_for_in_the_name_of_the_releases_creator() {
    let gated = env("production").gate("lead", approval(&["leads"], 1));
    let mut world = World::with(policy(vec![gated.auto()]));
    world.ticked_by = worker("one");
    let by = oidc("alice");
    let about = liftlock_core::release::About::default();
    world.release_about("r1", about, &by).unwrap();
    assert_eq!(world.takes("production").as_deref(), Some("r1"));
    assert_eq!(world.promotion(1).requested_by, by);
    world.approve("r1", "production", &by).unwrap_err();
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
}

#[test]
fn a_worker_is_no_approver_whom_a_gate_could_count_on() {
    let mut alone = policy(vec![env("dev").gate("lead", approval(&["robots"], 1))]);
    let one: Who = "worker:one".parse().unwrap();
    alone.groups.insert(is("robots"), vec![one]);
    assert!(!alone.problems().is_empty());
}
