//! Windows as gates: what they say, and what they stop.

use liftlock_core::plan::{PlanRequest, verdicts};
use liftlock_core::policy::{GateRule, WindowRule};
use liftlock_core::promotion::Kind;
use liftlock_core::verdict::{Answer, Verdict};
use liftlock_core::{Policy, PromotionId, gates};

use crate::actors::{oidc, token};
use crate::build::{Env, at, env, is, policy, span, tests, window};
use crate::faults::{Moment, Place};
use crate::world::World;

fn hours(spec: &str) -> Env {
    env("production").gate("hours", GateRule::Window(window(spec)))
}

/// Sunday, 2026-03-01, at 08:00Z, with r1 in production already, since it could go in then.
fn world(spec: &str) -> World {
    let mut world = World::with(policy(vec![hours(spec)]));
    for name in ["r1", "r2"] {
        world.release(name);
    }
    world
}

fn verdict(world: &World, release: &str) -> Verdict {
    let request = PlanRequest {
        release: &is(release),
        environment: &is("production"),
        kind: Kind::Promote,
        older: false,
        promotion: None,
        requester: &token("ci"),
    };
    let all = verdicts(&world.state, &request, world.clock).unwrap();
    all.into_iter().find(|v| v.gate == "hours").unwrap()
}

#[test]
fn a_promotion_waits_for_its_window_and_says_when_that_is() {
    let mut world = world("mon-thu 09:00-16:00 Europe/Berlin");
    let closed = verdict(&world, "r1");
    assert_eq!(
        (closed.answer, closed.kind.as_str()),
        (Answer::Waiting, "window")
    );
    assert_eq!(
        closed.reason,
        "closed, and opens Mon 2026-03-02 09:00 in Europe/Berlin"
    );
    assert_eq!(closed.until, Some(at("2026-03-02T08:00:00Z")));
    // It stays open, and goes in when the window does.
    let id = world.promote("r1", "production");
    assert_eq!(world.outcome(id), "waiting");
    world.clock = at("2026-03-02T07:59:59Z");
    world.tick();
    assert_eq!(world.outcome(id), "waiting");
    world.clock = at("2026-03-02T08:00:00Z");
    world.tick();
    assert_eq!(world.outcome(id), "succeeded");
    let open = verdict(&world, "r2");
    assert_eq!(open.answer, Answer::Passed);
    assert_eq!(
        open.reason,
        "open until Mon 2026-03-02 16:00 in Europe/Berlin"
    );
    assert_eq!(open.until, Some(at("2026-03-02T15:00:00Z")));
    // The last instant, and the first after it.
    world.clock = at("2026-03-02T14:59:59.999999Z");
    assert_eq!(verdict(&world, "r2").answer, Answer::Passed);
    world.clock = at("2026-03-02T15:00:00Z");
    assert_eq!(verdict(&world, "r2").answer, Answer::Waiting);
}

#[test]
fn a_window_that_closed_meanwhile_stops_the_commit() {
    let mut world = world("mon 09:00-16:00 UTC");
    world.clock = at("2026-03-02T15:59:58Z");
    let id = world.ask("r1", "production");
    world.clock = at("2026-03-02T16:00:00Z");
    assert!(!world.commit(PromotionId(id), &token("ci")));
    assert_eq!(world.outcome(id), "waiting");
}

/// A process dies a minute before the window closes, and another comes an hour later.
fn left_behind(step: u32, moment: Moment) -> World {
    let mut world = world("mon 09:00-16:00 UTC");
    world.clock = at("2026-03-02T15:59:00Z");
    let promotion = PromotionId(world.ask("r1", "production"));
    let place = Place {
        promotion,
        reverting: false,
        step,
    };
    world.faults.crashes.insert((place, moment));
    assert!(world.tick_until_death().is_err());
    world.crash();
    world.clock = at("2026-03-02T17:00:00Z");
    world.tick();
    world
}

#[test]
fn what_was_tagged_in_its_window_goes_on_after_it() {
    // Keep, then tag.
    assert_eq!(left_behind(1, Moment::Started).outcome(1), "succeeded");
    assert_eq!(left_behind(1, Moment::Done).outcome(1), "succeeded");
}

#[test]
fn what_was_only_committed_in_its_window_is_decided_again() {
    for (step, moment) in [(0, Moment::Before), (0, Moment::Done), (1, Moment::Before)] {
        let mut world = left_behind(step, moment);
        assert_eq!(world.outcome(1), "waiting", "{step} {moment:?}");
        world.clock = at("2026-03-09T09:00:00Z") - span("12h");
        world.tick();
        assert_eq!(world.outcome(1), "waiting", "{step} {moment:?}");
        world.clock = at("2026-03-09T09:00:00Z");
        world.tick();
        assert_eq!(world.outcome(1), "succeeded", "{step} {moment:?}");
    }
}

#[test]
fn no_window_stops_a_rollback() {
    let mut world = world("mon 09:00-16:00 UTC");
    world.clock = at("2026-03-02T10:00:00Z");
    world.promote("r1", "production");
    world.promote("r2", "production");
    world.clock = at("2026-03-03T03:00:00Z");
    world.roll_back("production", None, &oidc("alice")).unwrap();
    world.tick();
    assert_eq!(world.current("production").as_deref(), Some("r1"));
}

#[test]
fn a_window_that_does_not_open_any_more_blocks() {
    let spec = "mon-thu 09:00-16:00 Europe/Berlin 2026-01-01..2027-12-31";
    let mut world = world(spec);
    let never = verdict(&world, "r1");
    assert_eq!((never.answer, never.until), (Answer::Blocked, None));
    assert_eq!(
        never.reason,
        "closed, and does not open within 366d: look at its days, hours and exceptions"
    );
    let refused = world.request(crate::world::wanted("r1", "production"), &token("ci"));
    assert!(refused.is_err());
    let always = self::world("mon-sun 00:00-24:00 UTC");
    let always = verdict(&always, "r1");
    assert_eq!((always.answer, always.until), (Answer::Passed, None));
    assert_eq!(always.reason, "always open");
}

#[test]
fn the_windows_of_an_environment_are_told_without_a_release() {
    let environment = hours("mon-thu 09:00-16:00 UTC")
        .gate("tests", tests())
        .done();
    let told = gates::windows(&environment, at("2026-03-02T10:00:00Z"));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].reason, "open until Mon 2026-03-02 16:00 in UTC");
}

/// What is wrong with a policy with this window: the key, and the message.
fn problems(rule: WindowRule) -> Vec<(String, String)> {
    let gated = env("production").gate("hours", GateRule::Window(rule));
    let problems = policy(vec![gated]).problems().into_iter();
    problems
        .map(|problem| {
            (
                format!("{:?}", problem.path.last().unwrap()),
                problem.message,
            )
        })
        .collect()
}

#[test]
fn windows_that_cannot_be_are_found_in_the_policy() {
    let good = window("mon 09:00-16:00 UTC");
    assert_eq!(problems(good.clone()), []);
    let days = WindowRule {
        days: Default::default(),
        ..good.clone()
    };
    let hours = WindowRule {
        hours: Vec::new(),
        ..good.clone()
    };
    let zone = WindowRule {
        timezone: is("Europe/Berln"),
        ..good.clone()
    };
    let often = WindowRule {
        hours: vec![good.hours[0]; 25],
        except: vec![is("2026-12-24"); 367],
        ..good.clone()
    };
    for (rule, expected) in [
        (days, vec![("days", "a window without days never opens")]),
        (hours, vec![("hours", "a window without hours never opens")]),
        (
            zone,
            vec![(
                "timezone",
                "this Liftlock knows no time zone Europe/Berln; expected one of IANA's, such as Europe/Berlin or UTC",
            )],
        ),
        (
            often,
            vec![
                ("hours", "`hours` has 25 entries; the limit is 24"),
                ("except", "`except` has 367 entries; the limit is 366"),
            ],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(key, message)| (format!("Key({key:?})"), message.to_owned()))
            .collect();
        assert_eq!(problems(rule), expected);
    }
    let most = WindowRule {
        hours: vec![good.hours[0]; 24],
        except: vec![is("2026-12-24"); 366],
        ..good
    };
    assert_eq!(problems(most), []);
}

/// A recorded policy is read with whatever time zones there are.
#[test]
fn a_recorded_window_in_an_unknown_zone_blocks_and_breaks_nothing() {
    let mut policy = policy(vec![hours("mon 09:00-16:00 UTC")]);
    let written = serde_json::to_string(&policy).unwrap();
    assert!(
        written.contains(r#"{"window":{"days":["mon"],"hours":["09:00-16:00"],"timezone":"UTC"}}"#)
    );
    let written = written.replace("\"timezone\":\"UTC\"", "\"timezone\":\"Mars/Olympus\"");
    let read: Policy = serde_json::from_str(&written).unwrap();
    policy.environments = read.environments;
    let told = gates::windows(&policy.environments[0], at("2026-03-02T10:00:00Z"));
    assert_eq!(told[0].answer, Answer::Blocked);
    assert!(told[0].reason.contains("knows no time zone Mars/Olympus"));
}

#[test]
fn an_approval_is_bound_to_the_window() {
    let day = |spec| {
        let policy = policy(vec![hours(spec)]);
        policy.environment_digest(&is("production")).unwrap()
    };
    assert_ne!(day("mon 09:00-16:00 UTC"), day("mon 09:00-17:00 UTC"));
    assert_ne!(
        day("mon 09:00-16:00 UTC"),
        day("mon 09:00-16:00 UTC 2026-12-24")
    );
    assert_eq!(span("366d"), liftlock_core::calendar::AHEAD_MAX);
}
