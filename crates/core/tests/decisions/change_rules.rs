//! What another policy would do to what waits.

use liftlock_core::plan::effects;
use liftlock_core::verdict::Answer;
use liftlock_core::{ApprovalId, Policy};

use crate::actors::oidc;
use crate::build::{approval, env, policy, tests};
use crate::world::World;

fn waiting() -> World {
    let gated = env("dev")
        .gate("tests", tests())
        .gate("lead", approval(&["leads"], 1));
    let mut world = World::with(policy(vec![gated, env("live")]));
    world.release("r1");
    world.ask("r1", "dev");
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    world
}

fn of(world: &World, other: &Policy) -> Vec<liftlock_core::plan::Effect> {
    effects(&world.state, other, world.clock)
}

#[test]
fn another_environment_does_nothing() {
    let world = waiting();
    let mut other = world.state.policy().unwrap().clone();
    other.environments[1].auto = true;
    assert_eq!(of(&world, &other), []);
}

#[test]
fn approvals_are_voided_and_gates_open_and_close() {
    let world = waiting();
    let changed = env("dev")
        .gate("lead", approval(&["leads"], 1))
        .gate("qa", approval(&["qa"], 1));
    let other = policy(vec![changed, env("live")]);
    let [effect] = &of(&world, &other)[..] else {
        panic!("one waits");
    };
    assert_eq!(effect.voided, [ApprovalId(1)]);
    let gates = effect.gates.iter().map(|gate| {
        let answer = |v: &Option<liftlock_core::verdict::Verdict>| v.as_ref().map(|v| v.answer);
        (
            gate.gate.as_str(),
            answer(&gate.before),
            answer(&gate.after),
        )
    });
    assert_eq!(
        gates.collect::<Vec<_>>(),
        [
            ("lead", Some(Answer::Passed), Some(Answer::Waiting)),
            ("qa", None, Some(Answer::Waiting)),
            ("tests", Some(Answer::Waiting), None),
        ]
    );
    assert_eq!(effect.impossible, None);
}

#[test]
fn what_it_says_is_what_adopting_does() {
    let mut world = waiting();
    let changed = env("dev")
        .gate("lead", approval(&["leads"], 1))
        .expires("8d");
    let other = policy(vec![changed, env("live")]);
    let said = of(&world, &other);
    world.adopt(other.clone(), &oidc("alice")).unwrap();
    let after = said[0].gates.iter().find(|gate| gate.gate == "lead");
    let after = after.unwrap().after.as_ref().unwrap();
    assert_eq!(
        (after.answer, after.reason.clone()),
        world.verdict("r1", "dev", "lead")
    );
    assert_eq!(of(&world, &other), [], "nothing more changes");
}

#[test]
fn an_environment_that_goes_ends_what_waits_for_it() {
    let world = waiting();
    let other = policy(vec![env("live")]);
    let [effect] = &of(&world, &other)[..] else {
        panic!("one waits");
    };
    assert!(effect.impossible.as_ref().unwrap().contains("not known"));
    assert_eq!(effect.voided, [ApprovalId(1)]);
}
