//! `semantics`, "Promotion", "Policy", and the order of time.

use liftlock_core::attestation::What;
use liftlock_core::decide::Wanted;
use liftlock_core::plan::Step;
use liftlock_core::promotion::Status;
use liftlock_core::verdict::Answer;
use liftlock_core::{Event, PromotionId, Refusal, Span};

use crate::actors::{oidc, token};
use crate::build::{approval, digest, env, is, policy, span, tests, with_keys, with_web};
use crate::faults::Place;
use crate::world::{World, wanted};

fn approved() -> World {
    let gated = env("dev").gate("lead", approval(&["leads"], 1));
    World::with(policy(vec![gated]))
}

#[test]
fn asking_again_attaches_to_the_open_one() {
    let mut world = approved();
    world.release("r1");
    assert_eq!(world.ask("r1", "dev"), 1);
    let again = world.request(wanted("r1", "dev"), &oidc("bob")).unwrap();
    assert_eq!(again, []);
    assert_eq!(world.state.promotions.len(), 1);
    assert_eq!(world.promotion(1).requested_by, token("ci"));
}

#[test]
fn blocked_when_asked_is_refused_and_blocked_later_stays_open() {
    let mut world = World::with(policy(vec![
        env("dev"),
        env("staging").after("dev").gate("tests", tests()),
    ]));
    world.release("r1");
    let refusal = world.request(wanted("r1", "staging"), &token("ci"));
    assert!(
        matches!(refusal, Err(Refusal::Blocked { .. })),
        "not verified in dev"
    );
    assert!(world.state.promotions.is_empty());
    world.promote("r1", "dev");
    let id = world.ask("r1", "staging");
    world.evidence("r1", "tests", false);
    world.tick();
    assert_eq!(world.outcome(id), "waiting");
    world.evidence("r1", "tests", true);
    world.tick();
    assert_eq!(world.outcome(id), "succeeded");
}

#[test]
fn after_asks_for_verified_and_not_for_current() {
    let pipeline = policy(vec![env("dev"), env("staging").after("dev")]);
    let mut world = World::with(pipeline);
    for name in ["r1", "r2"] {
        world.release(name);
        world.promote(name, "dev");
    }
    assert_eq!(world.current("dev").as_deref(), Some("r2"));
    assert_eq!(world.answer("r1", "staging", "after:dev"), Answer::Passed);
}

#[test]
fn failed_or_revoked_evidence_upstream_blocks_downstream() {
    let gated = env("dev").gate("tests", tests());
    let mut world = World::with(policy(vec![gated, env("staging").after("dev")]));
    world.release("r1");
    world.evidence("r1", "tests", true);
    world.promote("r1", "dev");
    let after = |world: &World| world.answer("r1", "staging", "after:dev");
    assert_eq!(after(&world), Answer::Passed);
    world.evidence("r1", "tests", false);
    assert_eq!(after(&world), Answer::Blocked);
    world.evidence("r1", "tests", true);
    assert_eq!(after(&world), Answer::Passed);
    world.revoke(3);
    assert_eq!(after(&world), Answer::Blocked);
}

#[test]
fn verified_upstream_stands_when_the_policy_is_tightened() {
    let scanned = |max: u64| {
        let rule = liftlock_core::policy::EvidenceRule {
            max: [(liftlock_core::policy::Figure::Critical, max)].into(),
            ..crate::build::evidence(liftlock_core::policy::EvidenceKind::Scan)
        };
        let rule = liftlock_core::policy::GateRule::Evidence(rule);
        policy(vec![
            env("dev").deploys().gate("scan", rule),
            env("staging").after("dev"),
        ])
    };
    let mut world = World::with(scanned(5));
    // The naive rules know nothing of limits that were others before.
    world.audited = false;
    world.release("r1");
    let submit = |world: &mut World, name: &str| {
        let report = crate::world::scan_report(name, 3, &["api r1"]);
        let new = crate::world::scanned("r1", report);
        world.submit(new, &token("ci")).unwrap();
    };
    submit(&mut world, "first");
    world.promote("r1", "dev");
    world.pass(span("1h"));
    world.adopt(scanned(0), &oidc("alice")).unwrap();
    assert_eq!(world.answer("r1", "staging", "after:dev"), Answer::Passed);
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Blocked);
    // Looked at again under the new limit, it stands no more.
    submit(&mut world, "second");
    assert_eq!(world.answer("r1", "staging", "after:dev"), Answer::Blocked);
}

#[test]
fn an_older_release_needs_to_be_meant() {
    let mut world = World::with(policy(vec![env("dev")]));
    for name in ["r1", "r2"] {
        world.release(name);
    }
    world.promote("r2", "dev");
    let refusal = world.request(wanted("r1", "dev"), &token("ci"));
    assert!(matches!(refusal, Err(Refusal::Older { .. })));
    let meant = Wanted {
        older: true,
        ..wanted("r1", "dev")
    };
    world.request(meant, &token("ci")).unwrap();
    world.tick();
    assert_eq!(world.current("dev").as_deref(), Some("r1"));
}

#[test]
fn current_and_verified_is_current_unless_meant_again() {
    let mut world = World::with(policy(vec![env("dev")]));
    world.release("r1");
    let plain = wanted("r1", "dev");
    assert!(plain.is_current(&world.state).is_none());
    world.promote("r1", "dev");
    assert!(plain.is_current(&world.state).is_some());
    let again = Wanted {
        again: true,
        ..plain
    };
    assert!(again.is_current(&world.state).is_none());
    world.request(again, &token("ci")).unwrap();
    world.tick();
    assert_eq!(world.outcome(2), "succeeded");
}

#[test]
fn a_success_supersedes_waiting_ones_of_earlier_releases_only() {
    let mut world = approved();
    for name in ["r1", "r2", "r3"] {
        world.release(name);
        world.ask(name, "dev");
    }
    world.approve("r2", "dev", &oidc("bob")).unwrap();
    world.tick();
    let outcomes = [1, 2, 3].map(|id| world.outcome(id));
    assert_eq!(outcomes, ["superseded", "succeeded", "waiting"]);
}

#[test]
fn open_ones_end_when_their_time_is_over() {
    let gated = env("dev")
        .expires("2h")
        .gate("lead", approval(&["leads"], 1));
    let mut world = World::with(policy(vec![gated]));
    world.release("r1");
    let id = world.ask("r1", "dev");
    let expires_at = world.promotion(id).request.expires_at;
    assert_eq!(expires_at, world.clock + span("2h"));
    world.pass(Span::from_us(span("2h").us() - 1));
    world.tick();
    assert_eq!(world.outcome(id), "waiting");
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    assert!(!world.commit(PromotionId(id), &token("ci")), "too late");
    world.tick();
    assert_eq!(world.outcome(id), "expired");
}

#[test]
fn one_that_was_left_uncommenced_for_too_long_ends_too() {
    let mut world = World::with(policy(vec![env("dev").expires("2h")]));
    world.release("r1");
    let id = world.ask("r1", "dev");
    assert!(world.commit(PromotionId(id), &token("ci")));
    world.crash();
    world.pass(span("3h"));
    world.tick();
    assert_eq!(world.outcome(id), "expired");
    assert_eq!(world.tag("api", "dev"), None);
}

#[test]
fn a_plan_deploys_before_it_tags_and_tags_before_it_checks_where_it_does_not() {
    let order = |environment| {
        let mut world = World::with(with_keys(with_web(policy(vec![environment]))));
        world.release("r1");
        world.promote("r1", "dev");
        let plan = world.promotion(1).plan.clone().unwrap();
        let words = plan.steps.iter().map(|step| match step {
            Step::Keep { .. } => "keep",
            Step::Copy { .. } => "copy",
            Step::Deploy { .. } => "deploy",
            Step::Observe { .. } => "observe",
            Step::Sign {
                what: What::Admitted,
                ..
            } => "admitted",
            Step::Sign {
                what: What::Verified,
                ..
            } => "verified",
            Step::Check { .. } => "check",
            Step::Tag { tag, .. } if tag.as_str() == "dev" => "move",
            Step::Tag { .. } => "once",
            Step::Restore { .. } => "restore",
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let tags = ["dev", "dev-{version}"];
    assert_eq!(
        order(env("dev").tags(&tags).deploys().checked()),
        "keep keep deploy observe check once once move move"
    );
    assert_eq!(
        order(env("dev").tags(&tags).checked()),
        "keep keep once once move move check"
    );
    let signed = || env("dev").tags(&tags).signs();
    assert_eq!(
        order(signed().deploys().checked()),
        "keep keep admitted deploy observe check verified once once move move"
    );
    assert_eq!(
        order(signed().checked()),
        "keep keep admitted once once move move check verified"
    );
    assert_eq!(
        order(signed()),
        "keep keep admitted once once move move verified"
    );
    let regions = ["eu.example.com/{image}", "us.example.com/{image}"];
    assert_eq!(
        order(
            env("dev")
                .repositories(&regions)
                .tags(&tags)
                .deploys()
                .checked()
        ),
        "copy copy deploy observe check once once once once move move move move"
    );
    let built = "registry.example.com/app/{image}";
    assert_eq!(
        order(env("dev").repositories(&[built, regions[0]]).checked()),
        "keep copy keep copy move move move move check"
    );
    assert_eq!(
        order(env("dev").repositories(&[built])),
        "keep keep move move"
    );
}

#[test]
fn verdicts_are_computed_at_commit_and_not_remembered() {
    let mut world = approved();
    world.release("r1");
    let id = world.ask("r1", "dev");
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    assert_eq!(world.answer("r1", "dev", "lead"), Answer::Passed);
    let withdraw = liftlock_core::Command::Withdraw {
        release: is("r1"),
        environment: is("dev"),
        reason: "no".to_owned(),
    };
    world.go(&withdraw, &oidc("bob")).unwrap();
    assert!(!world.commit(PromotionId(id), &token("ci")));
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    assert!(world.commit(PromotionId(id), &token("ci")));
    // Too late to take it back.
    assert!(world.go(&withdraw, &oidc("bob")).is_err());
    let Event::PromotionCommitted { plan, .. } = &world.entries.last().unwrap().event else {
        panic!()
    };
    assert!(
        plan.verdicts
            .iter()
            .all(|verdict| verdict.answer == Answer::Passed)
    );
}

#[test]
fn a_running_one_goes_on_under_the_plan_it_committed() {
    let mut world = World::with(policy(vec![env("dev").deploys()]));
    world.release("r1");
    world.faults.crashes.insert((
        Place {
            promotion: PromotionId(1),
            reverting: false,
            step: 2,
        },
        crate::faults::Moment::Started,
    ));
    let id = world.ask("r1", "dev");
    assert!(world.commit(PromotionId(id), &token("ci")));
    let committed = world.promotion(id).plan.clone();
    let start = liftlock_core::Command::StartStep {
        promotion: PromotionId(id),
        step: 0,
    };
    world.go(&start, &token("ci")).unwrap();
    let mut gated = world.state.policy().unwrap().clone();
    gated.environments[0].tags = vec![is("other")];
    world.adopt(gated, &oidc("alice")).unwrap();
    assert_eq!(world.promotion(id).plan, committed);
    assert_eq!(world.promotion(id).status, Status::Running);
}

#[test]
fn images_that_are_gone_refuse_before_anything_is_done() {
    let mut world = World::with(policy(vec![env("dev")]));
    world.release("r1");
    let api = crate::build::image("api", "api r1");
    world.gone.insert(api.repository.pinned(digest("api r1")));
    let refusal = world.request(wanted("r1", "dev"), &token("ci"));
    assert!(matches!(refusal, Err(Refusal::ImageGone { .. })));
}

#[test]
fn steps_are_taken_in_order_and_one_by_one() {
    let mut world = World::with(policy(vec![env("dev")]));
    world.release("r1");
    let promotion = PromotionId(world.ask("r1", "dev"));
    let start = |step| liftlock_core::Command::StartStep { promotion, step };
    let end = |step| liftlock_core::Command::EndStep {
        promotion,
        step,
        result: liftlock_core::decide::StepResult {
            done: true,
            summary: "done".to_owned(),
            output: None,
        },
        stopped: Vec::new(),
    };
    assert!(world.go(&start(0), &token("ci")).is_err(), "not committed");
    assert!(world.commit(promotion, &token("ci")));
    assert!(world.go(&start(1), &token("ci")).is_err(), "not at it");
    assert!(world.go(&end(0), &token("ci")).is_err(), "not begun");
    world.go(&start(0), &token("ci")).unwrap();
    assert_eq!(
        world.go(&start(0), &token("ci")).unwrap(),
        [],
        "begun already"
    );
    world.go(&end(0), &token("ci")).unwrap();
    assert!(world.go(&end(0), &token("ci")).is_err(), "over");
}
