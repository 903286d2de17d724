//! `semantics`, "Rollback", "Current, verified, withdrawn, known-good".

use liftlock_core::decide::NewEvidence;
use liftlock_core::policy::EvidenceKind;
use liftlock_core::promotion::{Kind, Status};
use liftlock_core::verdict::Answer;
use liftlock_core::{Command, PromotionId, Refusal};

use crate::actors::{oidc, token};
use crate::audit;
use crate::build::{Env, digest, env, is, policy, span, tests, with_web};
use crate::faults::Place;
use crate::world::{World, plain, scan_report, wanted};

/// A world where these releases were promoted to staging, one after the other.
fn after(staging: Env, releases: &[&str]) -> World {
    let mut world = World::with(policy(vec![staging, env("production").after("staging")]));
    for name in releases {
        world.release(name);
        if !world
            .state
            .policy()
            .unwrap()
            .evidence_rules(&is("tests"))
            .is_empty()
        {
            world.evidence(name, "tests", true);
        }
        let id = world.promote(name, "staging");
        assert_eq!(world.outcome(id), "succeeded");
    }
    world
}

fn deployed() -> Env {
    env("staging").deploys().checked()
}

fn break_step(world: &mut World, promotion: u64, step: u32) {
    world.faults.listed.insert(Place {
        promotion: PromotionId(promotion),
        reverting: false,
        step,
    });
}

fn incident(world: &World) -> bool {
    world.state.environment(&is("staging")).incident.is_some()
}

#[test]
fn it_returns_to_the_latest_known_good_without_a_gate() {
    let mut world = after(deployed().gate("tests", tests()), &["r1", "r2"]);
    // Neither age nor lack of approval or fresh evidence stands in the way.
    world.pass(span("365d"));
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(3), "succeeded");
    assert_eq!(world.current("staging").as_deref(), Some("r1"));
    assert_eq!(world.tag("api", "staging"), Some(digest("api r1")));
    // What was left is withdrawn: also downstream, and as a target.
    assert_eq!(
        world.answer("r2", "production", "after:staging"),
        Answer::Blocked
    );
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Passed
    );
    let again = world.roll_back("staging", Some("r2"), &oidc("bob"));
    assert!(matches!(again, Err(Refusal::NothingToReturnTo { .. })));
}

#[test]
fn it_reaches_five_back_and_no_further() {
    let mut world = after(deployed(), &["r1", "r2", "r3", "r4", "r5", "r6", "r7"]);
    assert!(
        world
            .roll_back("staging", Some("r1"), &oidc("bob"))
            .is_err()
    );
    assert!(
        world
            .roll_back("staging", Some("r7"), &oidc("bob"))
            .is_err(),
        "it is current"
    );
    assert!(
        world
            .roll_back("staging", Some("r8"), &oidc("bob"))
            .is_err(),
        "unknown"
    );
    world
        .roll_back("staging", Some("r2"), &oidc("bob"))
        .unwrap();
    world.tick();
    assert_eq!(world.current("staging").as_deref(), Some("r2"));
}

#[test]
fn with_nothing_to_return_to_it_is_refused() {
    let mut world = after(deployed(), &["r1"]);
    let refusal = world.roll_back("staging", None, &oidc("bob"));
    assert!(matches!(refusal, Err(Refusal::NothingToReturnTo { .. })));
    assert!(world.roll_back("production", None, &oidc("bob")).is_err());
}

#[test]
fn what_was_left_needs_newer_evidence_to_come_back() {
    let mut world = after(deployed().gate("tests", tests()), &["r1", "r2"]);
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.tick();
    let wanted = || liftlock_core::decide::Wanted {
        older: true,
        ..wanted("r2", "staging")
    };
    world.request(wanted(), &token("ci")).unwrap();
    assert_eq!(world.answer("r2", "staging", "tests"), Answer::Waiting);
    world.evidence("r2", "tests", true);
    assert_eq!(world.answer("r2", "staging", "tests"), Answer::Passed);
    world.tick();
    assert_eq!(world.current("staging").as_deref(), Some("r2"));
    assert_eq!(
        world.answer("r2", "production", "after:staging"),
        Answer::Passed
    );
}

#[test]
fn the_same_report_again_is_not_newer() {
    let mut world = World::with(policy(vec![deployed().gate("tests", tests())]));
    let report = |name: &str| {
        let mut report = scan_report(name, 0, &[]);
        report.kind = EvidenceKind::Tests;
        report.finding = Some(liftlock_core::evidence::Finding::Passed);
        NewEvidence {
            finding: None,
            report: Some(report),
            ..plain(name, "tests")
        }
    };
    for name in ["r1", "r2"] {
        world.release(name);
        world.submit(report(name), &token("ci")).unwrap();
        world.promote(name, "staging");
    }
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.tick();
    world.submit(report("r2"), &token("ci")).unwrap();
    assert_eq!(world.answer("r2", "staging", "tests"), Answer::Waiting);
}

#[test]
fn a_release_whose_evidence_was_revoked_is_not_returned_to() {
    let mut world = after(deployed().gate("tests", tests()), &["r1", "r2", "r3"]);
    world.revoke(2);
    assert!(
        world
            .roll_back("staging", Some("r2"), &oidc("bob"))
            .is_err()
    );
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.current("staging").as_deref(), Some("r1"));
}

#[test]
fn nor_by_an_automatic_rollback() {
    let mut world = after(deployed().gate("tests", tests()), &["r1", "r2"]);
    world.release("r3");
    world.evidence("r3", "tests", true);
    // The second's evidence is found to be wrong while the third is on its way.
    world.revoke(2);
    break_step(&mut world, 3, 3);
    let id = world.promote("r3", "staging");
    assert_eq!(world.outcome(id), "rolled back");
    assert_eq!(world.current("staging").as_deref(), Some("r1"));
}

#[test]
fn a_failed_check_rolls_back_by_itself() {
    for step in [1, 2, 3, 4] {
        let mut world = after(deployed(), &["r1"]);
        world.release("r2");
        break_step(&mut world, 2, step);
        world.faults.races = step == 4;
        let id = world.promote("r2", "staging");
        if step == 4 {
            // The tag was moved by someone else, who keeps it.
            assert_eq!(world.tag("api", "staging"), Some(digest("foreign")));
            continue;
        }
        assert_eq!(world.outcome(id), "rolled back", "step {step}");
        assert_eq!(world.current("staging").as_deref(), Some("r1"));
        assert_eq!(world.tag("api", "staging"), Some(digest("api r1")));
        assert_eq!(
            world.answer("r2", "production", "after:staging"),
            Answer::Blocked
        );
        assert!(!incident(&world));
    }
}

#[test]
fn without_a_deployment_nothing_fails_before_the_tags() {
    let mut world = after(env("staging").checked(), &["r1"]);
    world.release("r2");
    break_step(&mut world, 2, 0);
    let id = world.promote("r2", "staging");
    // Its image was not there: nothing has happened, and nothing is withdrawn.
    assert_eq!(world.outcome(id), "failed");
    assert_eq!(world.current("staging").as_deref(), Some("r1"));
    assert!(world.state.environment(&is("staging")).withdrawn.is_empty());
}

#[test]
fn rollback_none_leaves_what_was_deployed_and_says_so() {
    let mut world = after(deployed().never_rolls_back(), &["r1"]);
    world.release("r2");
    break_step(&mut world, 2, 3);
    let id = world.promote("r2", "staging");
    assert_eq!(world.outcome(id), "failed");
    assert_eq!(world.current("staging").as_deref(), Some("r2"));
    assert_eq!(world.tag("api", "staging"), Some(digest("api r1")));
    assert_eq!(
        world.answer("r2", "production", "after:staging"),
        Answer::Blocked
    );
    let Status::Ended(outcome) = &world.promotion(id).status else {
        panic!()
    };
    assert!(
        format!("{outcome:?}").contains("left as it is"),
        "{outcome:?}"
    );
}

#[test]
fn with_nothing_to_return_to_it_ends_and_an_incident_is_opened() {
    let mut world = World::with(policy(vec![deployed()]));
    world.release("r1");
    break_step(&mut world, 1, 3);
    let id = world.promote("r1", "staging");
    assert_eq!(world.outcome(id), "nothing to return to");
    assert!(incident(&world));
    // A success is the end of it.
    world.release("r2");
    world.promote("r2", "staging");
    assert!(!incident(&world));
}

#[test]
fn a_rollback_that_fails_is_not_rolled_back_and_opens_an_incident() {
    let mut world = after(deployed(), &["r1", "r2"]);
    world.release("r3");
    break_step(&mut world, 3, 3);
    break_step(&mut world, 4, 3);
    let id = world.promote("r3", "staging");
    assert_eq!((world.outcome(id), world.outcome(4)), ("failed", "failed"));
    assert!(world.promotion(4).is_rollback());
    assert_eq!(world.state.promotions.len(), 4);
    assert!(incident(&world));
}

#[test]
fn an_incident_withdraws_what_was_current_also_after_it_is_over() {
    let mut world = after(deployed(), &["r1", "r2"]);
    world.release("r3");
    break_step(&mut world, 3, 3);
    break_step(&mut world, 4, 3);
    world.promote("r3", "staging");
    // The rollback had deployed r2, whose check now fails: the incident is r2's.
    assert_eq!(world.current("staging").as_deref(), Some("r2"));
    assert_eq!(
        world.answer("r2", "production", "after:staging"),
        Answer::Blocked
    );
    world.release("r4");
    world.promote("r4", "staging");
    assert!(!incident(&world));
    assert_eq!(
        world.answer("r2", "production", "after:staging"),
        Answer::Blocked
    );
    assert!(
        world
            .roll_back("staging", Some("r2"), &oidc("bob"))
            .is_err()
    );
}

#[test]
fn a_rollback_of_tags_alone_that_fails_leaves_what_was_there_current() {
    let mut world = after(env("staging").checked(), &["r1", "r2"]);
    break_step(&mut world, 3, 2);
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(3), "failed");
    assert_eq!(world.tag("api", "staging"), Some(digest("api r2")));
    assert_eq!(world.current("staging").as_deref(), Some("r2"));
    audit::quiet(&world);
    // The next failure says truly where the tags are put back to.
    world.release("r3");
    break_step(&mut world, 4, 2);
    let id = world.promote("r3", "staging");
    assert_eq!(world.outcome(id), "rolled back");
    let Status::Ended(outcome) = &world.promotion(id).status else {
        panic!()
    };
    assert!(format!("{outcome:?}").contains("\"r2\""), "{outcome:?}");
}

#[test]
fn a_rollback_that_cannot_be_decided_again_after_a_crash_ends() {
    let mut world = after(deployed(), &["r1", "r2"]);
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.crash();
    let api = crate::build::image("api", "api r1");
    world.gone.insert(api.repository.pinned(api.image.digest));
    world.tick();
    assert_eq!(world.outcome(3), "failed");
    assert!(incident(&world));
    audit::settled(&world);
}

#[test]
fn an_automatic_rollback_that_cannot_be_decided_again_ends_what_it_was_for() {
    let mut world = after(deployed(), &["r1"]);
    world.release("r2");
    break_step(&mut world, 2, 3);
    let first_of_the_rollback = Place {
        promotion: PromotionId(3),
        reverting: false,
        step: 0,
    };
    let dies = (first_of_the_rollback, crate::faults::Moment::Before);
    world.faults.crashes.insert(dies);
    let api = crate::build::image("api", "api r1");
    world.gone.insert(api.repository.pinned(api.image.digest));
    let id = world.promote("r2", "staging");
    assert_eq!((world.outcome(id), world.outcome(3)), ("failed", "failed"));
    assert!(incident(&world));
}

#[test]
fn a_rollback_waits_for_nobody_and_nothing_overtakes_it() {
    let mut world = after(deployed(), &["r1", "r2"]);
    world.release("r3");
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    let second = world.roll_back("staging", None, &oidc("bob"));
    assert!(second.is_err());
    world.ask("r3", "staging");
    assert!(!world.commit(PromotionId(4), &token("ci")));
    assert_eq!(
        world.answer("r3", "staging", "environment"),
        Answer::Waiting
    );
    world.tick();
    assert_eq!(
        (world.outcome(3), world.outcome(4)),
        ("succeeded", "succeeded")
    );
}

#[test]
fn the_reason_is_bounded_and_kept() {
    let mut world = after(deployed(), &["r1", "r2"]);
    let observed = liftlock_core::observed::Observed::default();
    for reason in ["", "\u{202e}abc", "a\u{7}b"] {
        let command = Command::Rollback {
            environment: is("staging"),
            release: None,
            reason: reason.to_owned(),
            observed: observed.clone(),
        };
        assert!(matches!(
            world.go(&command, &oidc("bob")),
            Err(Refusal::Invalid { .. })
        ));
    }
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    let Kind::Rollback {
        from,
        cause,
        reason,
    } = &world.promotion(3).request.kind
    else {
        panic!()
    };
    assert_eq!(from.as_ref().unwrap().as_str(), "r2");
    assert_eq!((*cause, reason.as_str()), (None, "it is slow"));
}

#[test]
fn a_running_promotion_goes_on_under_the_plan_it_committed() {
    let mut world = after(deployed(), &["r1"]);
    world.release("r2");
    let id = world.ask("r2", "staging");
    assert!(world.commit(PromotionId(id), &token("ci")));
    // It has kept the image, and is about to deploy.
    let promotion = PromotionId(id);
    let done = liftlock_core::decide::StepResult {
        done: true,
        summary: String::new(),
        output: None,
    };
    for command in [
        Command::StartStep { promotion, step: 0 },
        Command::EndStep {
            promotion,
            step: 0,
            result: done,
            stopped: Vec::new(),
        },
        Command::StartStep { promotion, step: 1 },
    ] {
        world.go(&command, &token("ci")).unwrap();
    }
    let never = env("staging").deploys().checked().never_rolls_back();
    let changed = policy(vec![never, env("production").after("staging")]);
    world.adopt(changed, &oidc("alice")).unwrap();
    break_step(&mut world, id, 3);
    world.tick();
    assert_eq!(world.outcome(id), "rolled back");
    assert_eq!(world.current("staging").as_deref(), Some("r1"));
}

/// r1 is of before the pipeline had `web`, r2 of after it.
fn grown(before: Env, after: Env) -> World {
    let mut world = World::with(policy(vec![before]));
    world.release("r1");
    world.promote("r1", "staging");
    let grown = with_web(policy(vec![after]));
    world.adopt(grown, &oidc("alice")).unwrap();
    world.release("r2");
    world.promote("r2", "staging");
    assert_eq!(world.outcome(2), "succeeded");
    world
}

#[test]
fn a_new_image_does_not_stand_in_the_way_of_what_was_before() {
    let tagged: fn() -> Env = || env("staging").checked();
    for staging in [deployed, tagged] {
        let mut world = grown(staging(), staging());
        world.roll_back("staging", None, &oidc("bob")).unwrap();
        world.tick();
        assert_eq!(world.outcome(3), "succeeded");
        assert_eq!(world.current("staging").as_deref(), Some("r1"));
        assert_eq!(world.tag("api", "staging"), Some(digest("api r1")));
        assert_eq!(world.tag("web", "staging"), Some(digest("web r2")));
        let plan = world.promotion(3).plan.as_ref().unwrap();
        assert!(plan.images.keys().eq([&is("api")]));
        let notices = &plan.notices;
        assert!(notices.iter().any(|n| n.contains("had web")), "{notices:?}");
        assert!(world.look_at("staging", &token("ci")).unwrap().is_empty());
        crate::replay_rules::clean(&world.entries);
        // Forward it takes all images all the same.
        let refused = world.request(wanted("r1", "staging"), &token("ci"));
        assert!(refused.is_err());
    }
}

#[test]
fn where_the_new_image_is_deployed_it_says_by_what() {
    let runs = |images: &[&str]| {
        let mut staging = deployed();
        staging.runs_with_compose(images);
        staging
    };
    let mut world = grown(runs(&["api"]), runs(&["api", "web"]));
    let refusal = world.roll_back("staging", None, &oidc("bob")).unwrap_err();
    let says =
        "r1 is of before the pipeline had web, and the service web in staging runs that image";
    assert!(refusal.to_string().starts_with(says), "{refusal}");
    // A file in which it does not is the way back.
    let without = with_web(policy(vec![runs(&["api"])]));
    world.adopt(without, &oidc("alice")).unwrap();
    world.roll_back("staging", None, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(3), "succeeded");
}

/// A release with an image that the pipeline has no more is none of it.
#[test]
fn an_image_that_the_pipeline_has_no_more_cannot_be_brought_back() {
    let mut world = World::with(with_web(policy(vec![deployed()])));
    world.release("r1");
    world.promote("r1", "staging");
    world
        .adopt(policy(vec![deployed()]), &oidc("alice"))
        .unwrap();
    world.release("r2");
    world.promote("r2", "staging");
    let refusal = world.roll_back("staging", None, &oidc("bob")).unwrap_err();
    assert!(matches!(refusal, Refusal::OtherImages { .. }), "{refusal}");
}
