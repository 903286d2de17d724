//! Empty means nothing. A policy that says such things is refused when it is adopted; should one
//! be in the ledger all the same, it still passes nothing.

use liftlock_core::event::EVENT_VERSION;
use liftlock_core::policy::{ApprovalRule, EvidenceKind, EvidenceRule, GateRule, Gates};
use liftlock_core::verdict::Answer;
use liftlock_core::{Entry, Event, Policy};

use crate::actors::{oidc, token};
use crate::build::{approval_rule, env, evidence, policy, who};
use crate::world::{World, plain, wanted};

/// A world with a policy that nobody checked, and a release.
fn unchecked(policy: Policy) -> World {
    assert_ne!(policy.problems(), []);
    let mut world = World::empty();
    world.record(Entry {
        v: EVENT_VERSION,
        pipeline: policy.pipeline.clone(),
        n: 1,
        time: world.clock,
        actor: oidc("alice"),
        event: Event::PolicyAdopted {
            digest: policy.digest(),
            policy: Box::new(policy),
        },
    });
    world.release("r1");
    world
}

fn never_enters(world: &mut World) {
    let _ = world.request(wanted("r1", "dev"), &token("ci"));
    for name in ["alice", "bob", "carol"] {
        let _ = world.approve("r1", "dev", &oidc(name));
    }
    world.tick();
    assert_eq!(world.current("dev"), None);
    assert_eq!(world.tags.len(), 0);
}

#[test]
fn evidence_from_nobody() {
    let rule = EvidenceRule {
        from: Vec::new(),
        ..evidence(EvidenceKind::Tests)
    };
    let gated = env("dev").gate("tests", GateRule::Evidence(rule));
    let mut world = unchecked(policy(vec![gated]));
    for anyone in [token("ci"), oidc("alice")] {
        assert!(
            world.submit(plain("r1", "tests"), &anyone).is_err(),
            "{anyone}"
        );
    }
    assert_ne!(world.answer("r1", "dev", "tests"), Answer::Passed);
    never_enters(&mut world);
}

#[test]
fn evidence_from_nobody_that_was_let_in_before() {
    let gated = |from| {
        let rule = EvidenceRule {
            from,
            ..evidence(EvidenceKind::Tests)
        };
        policy(vec![env("dev").gate("tests", GateRule::Evidence(rule))])
    };
    let mut world = World::with(gated(who(&["token:ci"])));
    world.release("r1");
    world.evidence("r1", "tests", true);
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
    let emptied = gated(Vec::new());
    world.record(Entry {
        v: EVENT_VERSION,
        pipeline: emptied.pipeline.clone(),
        n: world.state.version + 1,
        time: world.clock,
        actor: oidc("alice"),
        event: Event::PolicyAdopted {
            digest: emptied.digest(),
            policy: Box::new(emptied),
        },
    });
    assert_ne!(world.answer("r1", "dev", "tests"), Answer::Passed);
    never_enters(&mut world);
}

#[test]
fn approvals_by_an_empty_group_or_by_nobody() {
    for by in [&["nobody"][..], &[]] {
        let gated = env("dev").gate("lead", GateRule::Approval(approval_rule(by, 1)));
        let mut pipeline = policy(vec![gated]);
        pipeline
            .groups
            .insert(crate::build::is("nobody"), Vec::new());
        let mut world = unchecked(pipeline);
        never_enters(&mut world);
        assert_ne!(world.answer("r1", "dev", "lead"), Answer::Passed);
    }
}

#[test]
fn no_approvals_asked_for() {
    let rule = ApprovalRule {
        count: 0,
        ..approval_rule(&["leads"], 0)
    };
    let gated = env("dev").gate("lead", GateRule::Approval(rule));
    never_enters(&mut unchecked(policy(vec![gated])));
}

#[test]
fn a_list_of_gates_without_a_gate() {
    let mut pipeline = policy(vec![env("dev")]);
    pipeline.environments[0].gates = Gates::All(Vec::new());
    never_enters(&mut unchecked(pipeline));
}

#[test]
fn a_soak_after_nothing() {
    let gated = env("dev").gate("soak", crate::build::soak("1h"));
    never_enters(&mut unchecked(policy(vec![gated])));
}

#[test]
fn a_policy_for_other_images_than_the_releases() {
    let mut world = World::with(policy(vec![env("dev")]));
    world.release("r1");
    let mut none = world.state.policy().unwrap().clone();
    none.images.clear();
    world.record(Entry {
        v: EVENT_VERSION,
        pipeline: none.pipeline.clone(),
        n: world.state.version + 1,
        time: world.clock,
        actor: oidc("alice"),
        event: Event::PolicyAdopted {
            digest: none.digest(),
            policy: Box::new(none),
        },
    });
    never_enters(&mut world);
}
