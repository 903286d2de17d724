//! `semantics`, "Approval".

use liftlock_core::policy::{ApprovalRule, Environment, Exclude, GateRule, Gates};
use liftlock_core::release::About;
use liftlock_core::verdict::Answer;
use liftlock_core::{Actor, Command, Policy, Refusal, Span};

use crate::actors::{oidc, token, user};
use crate::build::{approval, approval_rule, claimed, digest, env, is, policy, span, tests};
use crate::world::{World, wanted};

fn gated(rule: ApprovalRule) -> Policy {
    policy(vec![
        env("production").gate("lead", GateRule::Approval(rule)),
    ])
}

/// A world where r1 waits for its approval in production, asked for by `by`.
fn waiting(policy: Policy, by: &Actor) -> World {
    let mut world = World::with(policy);
    world.release("r1");
    world.request(wanted("r1", "production"), by).unwrap();
    world
}

fn lead(world: &World) -> Answer {
    world.answer("r1", "production", "lead")
}

#[test]
fn who_asked_cannot_approve_by_any_identity() {
    let mut world = waiting(claimed(gated(approval_rule(&["leads"], 1))), &oidc("alice"));
    for own in [oidc("alice"), user("alice")] {
        let refusal = world.approve("r1", "production", &own).unwrap_err();
        assert!(
            refusal.to_string().contains("asked for the promotion"),
            "{refusal}"
        );
    }
    world.approve("r1", "production", &user("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
}

#[test]
fn one_person_is_one_slot_with_however_many_identities() {
    let mut world = waiting(
        claimed(gated(approval_rule(&["leads", "qa"], 2))),
        &token("ci"),
    );
    world.approve("r1", "production", &oidc("bob")).unwrap();
    let again = world.approve("r1", "production", &user("bob")).unwrap_err();
    assert!(matches!(again, Refusal::Approved { .. }), "{again}");
    assert_eq!(lead(&world), Answer::Waiting);
    world.approve("r1", "production", &oidc("carol")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
}

#[test]
fn one_person_serves_one_gate() {
    let both = env("production")
        .gate("lead", approval(&["leads"], 1))
        .gate("qa", approval(&["qa"], 1));
    let mut world = waiting(policy(vec![both]), &token("ci"));
    world.approve("r1", "production", &oidc("bob")).unwrap();
    let passed = ["lead", "qa"].map(|gate| world.answer("r1", "production", gate));
    assert_eq!(passed.iter().filter(|a| **a == Answer::Passed).count(), 1);
    // Carol frees bob for the gate that she cannot serve.
    world.approve("r1", "production", &oidc("carol")).unwrap();
    let passed = ["lead", "qa"].map(|gate| world.answer("r1", "production", gate));
    assert_eq!(passed, [Answer::Passed; 2]);
}

#[test]
fn an_approval_can_be_narrowed_to_a_gate() {
    let both = env("production")
        .gate("lead", approval(&["leads"], 1))
        .gate("qa", approval(&["qa"], 1));
    let mut world = waiting(policy(vec![both]), &token("ci"));
    world
        .approve_only("r1", "production", &["qa"], &oidc("bob"))
        .unwrap();
    assert_eq!(world.answer("r1", "production", "lead"), Answer::Waiting);
    assert_eq!(world.answer("r1", "production", "qa"), Answer::Passed);
    let unknown = world.approve_only("r1", "production", &["nope"], &oidc("alice"));
    assert!(matches!(unknown, Err(Refusal::Unknown { .. })));
}

#[test]
fn authors_are_excluded_and_an_unknown_one_blocks() {
    let rule = ApprovalRule {
        exclude: vec![Exclude::Author],
        ..approval_rule(&["leads", "dan"], 1)
    };
    let by = |author: Option<&str>, creator: Actor, approver: &str| {
        let mut world = World::with(gated(rule.clone()));
        let about = About {
            author: author.map(str::to_owned),
            ..About::default()
        };
        world.release_about("r1", about, &creator).unwrap();
        world.ask("r1", "production");
        let _ = world.approve("r1", "production", &oidc(approver));
        lead(&world)
    };
    assert_eq!(by(Some("dan"), token("ci"), "dan"), Answer::Waiting);
    assert_eq!(by(Some("dan"), token("ci"), "bob"), Answer::Passed);
    assert_eq!(
        by(Some("oidc:dan@example.com"), token("ci"), "dan"),
        Answer::Waiting
    );
    // Who created it is an author too, declared or not.
    assert_eq!(by(Some("dan"), oidc("alice"), "alice"), Answer::Waiting);
    assert_eq!(by(None, oidc("alice"), "alice"), Answer::Waiting);
    assert_eq!(by(None, oidc("alice"), "bob"), Answer::Passed);
}

#[test]
fn an_author_who_is_not_known_blocks_whoever_approves() {
    let rule = ApprovalRule {
        exclude: vec![Exclude::Author],
        ..approval_rule(&["leads"], 1)
    };
    for author in [
        None,
        Some("someone-else"),
        Some("token:ci"),
        Some("Jane Doe <jane@x>"),
    ] {
        let mut world = World::with(gated(rule.clone()));
        let about = About {
            author: author.map(str::to_owned),
            ..About::default()
        };
        world.release_about("r1", about, &token("ci")).unwrap();
        assert_eq!(lead(&world), Answer::Blocked, "{author:?}");
        let refusal = world.request(wanted("r1", "production"), &token("ci"));
        assert!(matches!(refusal, Err(Refusal::Blocked { .. })));
    }
}

#[test]
fn exclusion_is_decided_when_the_verdict_is_computed() {
    // Bob approves while he is nobody in particular; then the policy's people say that he is who
    // asked. Groups and people are part of the policy digest, so the approval is void as well.
    let mut before = gated(approval_rule(&["leads"], 1));
    before
        .people
        .get_mut(&is("alice"))
        .unwrap()
        .remove(&is("oidc:alice@example.com"));
    before.owners = crate::build::who(&["oidc:alice@example.com"]);
    before.groups.insert(
        is("leads"),
        crate::build::who(&["oidc:alice@example.com", "bob"]),
    );
    let mut world = waiting(before.clone(), &oidc("alice"));
    world.approve("r1", "production", &oidc("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
    let mut after = before;
    let bobs = after.people.get_mut(&is("bob")).unwrap();
    bobs.insert(is("oidc:alice@example.com"));
    world.adopt(after, &oidc("alice")).unwrap();
    assert_eq!(lead(&world), Answer::Waiting);
    let refusal = world.approve("r1", "production", &oidc("bob")).unwrap_err();
    assert!(
        refusal.to_string().contains("asked for the promotion"),
        "{refusal}"
    );
}

#[test]
fn an_approval_expires_on_the_instant_and_can_be_given_anew() {
    let rule = ApprovalRule {
        expires: Some(span("1h")),
        ..approval_rule(&["leads"], 1)
    };
    let mut world = waiting(gated(rule), &token("ci"));
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.pass(Span::from_us(span("1h").us() - 1));
    assert_eq!(lead(&world), Answer::Passed);
    world.pass(Span::from_us(1));
    assert_eq!(lead(&world), Answer::Waiting);
    world.tick();
    assert_eq!(world.outcome(1), "waiting");
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
}

#[test]
fn a_change_of_the_policy_voids_approvals() {
    let mut world = waiting(gated(approval_rule(&["leads"], 1)), &token("ci"));
    world.approve("r1", "production", &oidc("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
    let mut changed = world.state.policy().unwrap().clone();
    changed.environments[0].expires = span("8d");
    world.adopt(changed, &oidc("alice")).unwrap();
    let (answer, reason) = world.verdict("r1", "production", "lead");
    assert_eq!(answer, Answer::Waiting);
    assert!(reason.contains("another policy"), "{reason}");
    world.approve("r1", "production", &oidc("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
}

#[test]
fn another_environments_block_does_not_void_approvals() {
    let pipeline = vec![
        env("staging"),
        env("production").gate("lead", approval(&["leads"], 1)),
    ];
    let mut world = waiting(policy(pipeline), &token("ci"));
    world.approve("r1", "production", &oidc("bob")).unwrap();
    let mut changed = world.state.policy().unwrap().clone();
    changed.environments[0].expires = span("8d");
    world.adopt(changed, &oidc("alice")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
}

#[test]
fn every_part_of_an_environments_scope_changes_its_digest() {
    type Change = fn(&mut Policy);
    let changes: [(&str, Change); 7] = [
        ("block", |p| p.environments[0].tags.push(is("other"))),
        ("gates", |p| p.environments[0].gates = Gates::None),
        ("groups", |p| drop(p.groups.remove(&is("qa")))),
        ("people", |p| drop(p.people.remove(&is("dan")))),
        ("images", |p| {
            drop(p.images.insert(is("web"), crate::build::repository("web")))
        }),
        ("identity", |p| *p = claimed(p.clone())),
        ("owners", |p| p.owners = crate::build::who(&["bob"])),
    ];
    let before = gated(approval_rule(&["leads"], 1));
    let name = is("production");
    for (what, change) in changes {
        let mut after = before.clone();
        change(&mut after);
        let digests = [&before, &after].map(|p| p.environment_digest(&name));
        assert_ne!(digests[0], digests[1], "{what}");
    }
    let composed = |digest_of: &str| {
        let mut policy = before.clone();
        let environment: &mut Environment = &mut policy.environments[0];
        environment.deploy = Some(liftlock_core::policy::Deploy::Compose {
            files: vec!["compose.yaml".to_owned()],
            services: std::collections::BTreeMap::from([("api".to_owned(), is("api"))]),
            project: None,
            within: span("5m"),
            profiles: Vec::new(),
        });
        policy
            .files
            .insert("compose.yaml".to_owned(), digest(digest_of));
        policy.environment_digest(&name)
    };
    assert_ne!(composed("a"), composed("b"), "a file's content");
}

#[test]
fn a_withdrawn_approval_counts_no_more() {
    let mut world = waiting(gated(approval_rule(&["leads"], 1)), &token("ci"));
    let withdraw = Command::Withdraw {
        release: is("r1"),
        environment: is("production"),
        reason: "not sure".to_owned(),
    };
    assert!(
        world.go(&withdraw, &oidc("bob")).is_err(),
        "there is none yet"
    );
    world.approve("r1", "production", &oidc("bob")).unwrap();
    assert!(world.go(&withdraw, &oidc("alice")).is_err(), "it is bob's");
    world.go(&withdraw, &oidc("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Waiting);
    world.approve("r1", "production", &oidc("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
}

#[test]
fn an_approval_is_for_one_promotion_and_the_digests_that_were_shown() {
    let mut world = waiting(gated(approval_rule(&["leads"], 1)), &token("ci"));
    let command = |set| Command::Approve {
        release: is("r1"),
        environment: is("production"),
        gates: Vec::new(),
        set,
        comment: None,
    };
    let other = world.go(&command(digest("other")), &oidc("bob"));
    assert!(matches!(other, Err(Refusal::NoApproval { .. })));
    world.approve("r1", "production", &oidc("bob")).unwrap();
    let cancel = Command::Cancel {
        release: is("r1"),
        environment: is("production"),
        reason: "later".to_owned(),
    };
    world.go(&cancel, &token("ci")).unwrap();
    // Asking again begins anew.
    world.ask("r1", "production");
    assert_eq!(lead(&world), Answer::Waiting);
}

#[test]
fn only_a_waiting_promotion_is_approved() {
    let mut world = World::with(gated(approval_rule(&["leads"], 1)));
    world.release("r1");
    let none = world.approve("r1", "production", &oidc("bob"));
    assert!(matches!(none, Err(Refusal::NoPromotion { .. })));
}

#[test]
fn a_rejection_ends_it_and_asking_again_begins_anew() {
    let mut world = waiting(gated(approval_rule(&["leads"], 1)), &oidc("bob"));
    let reject = Command::Reject {
        release: is("r1"),
        environment: is("production"),
        reason: "not on a Friday".to_owned(),
    };
    for other in [oidc("carol"), token("ci"), user("alice")] {
        assert!(world.go(&reject, &other).is_err(), "{other}");
    }
    world.approve("r1", "production", &oidc("alice")).unwrap();
    // Bob asked for it and could not approve it; he may still say no.
    world.go(&reject, &oidc("bob")).unwrap();
    assert_eq!(world.outcome(1), "rejected");
    assert_eq!(world.ask("r1", "production"), 2);
    assert_eq!(lead(&world), Answer::Waiting);
}

/// Production is entered when the leads have reviewed the tests of staging.
fn reviewed() -> World {
    let review = ApprovalRule {
        of: Some(is("tests")),
        ..approval_rule(&["leads"], 1)
    };
    let mut pipeline = policy(vec![
        env("staging").gate("tests", tests()),
        env("production").gate("lead", GateRule::Approval(review)),
    ]);
    pipeline.environments[1].after = Vec::new();
    waiting(pipeline, &token("ci"))
}

#[test]
fn a_review_needs_something_to_review() {
    let mut world = reviewed();
    let (answer, reason) = world.verdict("r1", "production", "lead");
    assert_eq!(answer, Answer::Waiting);
    assert!(reason.contains("no tests to review"), "{reason}");
    let early = world.approve("r1", "production", &oidc("bob")).unwrap_err();
    assert!(matches!(early, Refusal::NoApproval { .. }), "{early}");
    world.evidence("r1", "tests", true);
    world.approve("r1", "production", &oidc("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
}

#[test]
fn newer_evidence_voids_the_review_of_the_older() {
    let mut world = reviewed();
    world.evidence("r1", "tests", true);
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.evidence("r1", "tests", true);
    let (answer, reason) = world.verdict("r1", "production", "lead");
    assert_eq!(answer, Answer::Waiting);
    assert!(reason.contains("had not seen"), "{reason}");
    // The same person may review the newer one.
    world.approve("r1", "production", &oidc("bob")).unwrap();
    assert_eq!(lead(&world), Answer::Passed);
    world.revoke(2);
    let (answer, reason) = world.verdict("r1", "production", "lead");
    assert_eq!(answer, Answer::Waiting);
    assert!(reason.contains("revoked"), "{reason}");
}

#[test]
fn evidence_about_another_release_voids_nothing() {
    let mut world = reviewed();
    world.release("r2");
    world.evidence("r1", "tests", true);
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.evidence("r2", "tests", true);
    assert_eq!(lead(&world), Answer::Passed);
}

#[test]
fn a_shared_gate_takes_no_slot_from_another() {
    let shared = ApprovalRule {
        shared: true,
        ..approval_rule(&["qa"], 1)
    };
    let both = env("production")
        .gate("lead", approval(&["leads"], 1))
        .gate("qa", GateRule::Approval(shared));
    let mut world = waiting(policy(vec![both]), &token("ci"));
    // Bob is of both.
    world.approve("r1", "production", &oidc("bob")).unwrap();
    let passed = ["lead", "qa"].map(|gate| world.answer("r1", "production", gate));
    assert_eq!(passed, [Answer::Passed; 2]);
}

#[test]
fn a_review_of_what_no_gate_asks_for_is_refused() {
    let review = ApprovalRule {
        of: Some(is("scan")),
        ..approval_rule(&["leads"], 1)
    };
    let problems = gated(review).problems();
    assert!(
        problems
            .iter()
            .any(|p| p.message.contains("no evidence gate scan")),
        "{problems:?}"
    );
}
