//! Freezes: what they stop, what they do not, and how they end.

use liftlock_core::freeze::{FREEZE_MAX, Freeze, FreezeEnd, Scope};
use liftlock_core::plan::{PlanRequest, verdicts};
use liftlock_core::promotion::Kind;
use liftlock_core::verdict::{Answer, Verdict};
use liftlock_core::{Fault, PromotionId, Span, Time};

use crate::actors::{oidc, token, user};
use crate::build::{env, is, policy, span};
use crate::faults::{Moment, Place};
use crate::world::World;

fn live() -> Scope {
    Scope::Environment(is("live"))
}

/// r1 is in `live`, which deploys and rolls back; `other` has nothing to do with it.
fn world() -> World {
    let live = env("live").deploys().checked();
    let mut world = World::with(policy(vec![live, env("other")]));
    for name in ["r1", "r2", "r3"] {
        world.release(name);
    }
    world.promote("r1", "live");
    world
}

fn frozen(scope: Scope, until: &str) -> World {
    let mut world = world();
    world
        .freeze(scope, until, "inventory", &oidc("alice"))
        .unwrap();
    world
}

fn freeze_of(world: &World, release: &str, environment: &str) -> Option<Verdict> {
    let request = PlanRequest {
        release: &is(release),
        environment: &is(environment),
        kind: Kind::Promote,
        older: false,
        promotion: None,
        requester: &token("ci"),
    };
    let all = verdicts(&world.state, &request, world.clock).unwrap();
    assert!(all.iter().filter(|v| v.gate == "freeze").count() <= 1);
    all.into_iter().find(|v| v.gate == "freeze")
}

#[test]
fn promotions_wait_until_a_freeze_is_over() {
    let mut world = frozen(live(), "2h");
    let until = world.clock + span("2h");
    let verdict = freeze_of(&world, "r2", "live").unwrap();
    let expected = Verdict {
        gate: "freeze".to_owned(),
        kind: "freeze".to_owned(),
        answer: Answer::Waiting,
        reason: format!("live is frozen until {until:#} by alice: inventory"),
        until: Some(until),
        help: Some("liftlock unfreeze live".to_owned()),
        overridden: None,
    };
    assert_eq!(verdict, expected);
    assert_eq!(freeze_of(&world, "r2", "other"), None);
    // It can be asked for, and goes in by itself afterwards.
    let id = world.promote("r2", "live");
    assert_eq!(world.outcome(id), "waiting");
    world.pass(until.since(world.clock + Span::from_us(1)));
    world.tick();
    assert_eq!(world.outcome(id), "waiting");
    world.pass(Span::from_us(1));
    assert_eq!(world.clock, until);
    assert_eq!(freeze_of(&world, "r2", "live"), None);
    world.tick();
    assert_eq!(world.outcome(id), "succeeded");
}

#[test]
fn a_freeze_of_all_is_one_of_each() {
    let mut world = frozen(Scope::All, "2h");
    for place in ["live", "other"] {
        let verdict = freeze_of(&world, "r2", place).unwrap();
        assert!(
            verdict
                .reason
                .starts_with("all environments are frozen until ")
        );
        assert_eq!(verdict.help.as_deref(), Some("liftlock unfreeze --all"));
    }
    // Also of one that the policy gets later.
    let more = policy(vec![env("live"), env("other"), env("new")]);
    world.adopt(more, &oidc("alice")).unwrap();
    assert!(freeze_of(&world, "r2", "new").is_some());
}

#[test]
fn several_hold_at_once_and_the_longest_decides() {
    let mut world = frozen(Scope::All, "2h");
    let all = world.clock + span("2h");
    world
        .freeze(live(), "5h", "the fair", &oidc("alice"))
        .unwrap();
    let own = world.clock + span("5h");
    let verdict = freeze_of(&world, "r2", "live").unwrap();
    let reason = format!(
        "all environments are frozen until {all:#} by alice: inventory; live is frozen until {own:#} by alice: the fair"
    );
    assert_eq!((verdict.reason, verdict.until), (reason, Some(own)));
    assert_eq!(verdict.help.as_deref(), Some("liftlock unfreeze live"));
    assert_eq!(freeze_of(&world, "r2", "other").unwrap().until, Some(all));
    // One ends; the other holds on.
    world.unfreeze(live(), None, &oidc("alice")).unwrap();
    assert_eq!(freeze_of(&world, "r2", "live").unwrap().until, Some(all));
    world.unfreeze(Scope::All, None, &oidc("alice")).unwrap();
    assert_eq!(freeze_of(&world, "r2", "live"), None);
}

#[test]
fn a_waiting_promotion_stops_at_its_commit() {
    let mut world = world();
    let id = world.ask("r2", "live");
    world
        .freeze(live(), "2h", "inventory", &oidc("alice"))
        .unwrap();
    assert!(!world.commit(PromotionId(id), &token("ci")));
    assert_eq!(world.outcome(id), "waiting");
    world.unfreeze(live(), None, &oidc("alice")).unwrap();
    world.tick();
    assert_eq!(world.outcome(id), "succeeded");
}

/// A process dies at a step of r2 (keep, deploy, read back, check, tag), a freeze begins, and the
/// next process comes.
fn frozen_under_way(step: u32, moment: Moment, fails: bool) -> World {
    let mut world = world();
    let promotion = PromotionId(world.ask("r2", "live"));
    let place = |step| Place {
        promotion,
        reverting: false,
        step,
    };
    world.faults.crashes.insert((place(step), moment));
    if fails {
        world.faults.listed.insert(place(3));
    }
    assert!(world.tick_until_death().is_err());
    world.crash();
    world
        .freeze(Scope::All, "2h", "inventory", &oidc("alice"))
        .unwrap();
    world.tick();
    world
}

#[test]
fn what_is_being_carried_out_goes_on() {
    for (step, moment) in [(1, Moment::Started), (1, Moment::Done), (4, Moment::Before)] {
        let world = frozen_under_way(step, moment, false);
        assert_eq!(world.outcome(2), "succeeded", "{step} {moment:?}");
        assert_eq!(world.current("live").as_deref(), Some("r2"));
    }
}

#[test]
fn what_was_only_committed_is_decided_again() {
    for (step, moment) in [(0, Moment::Before), (0, Moment::Done), (1, Moment::Before)] {
        let mut world = frozen_under_way(step, moment, false);
        assert_eq!(world.outcome(2), "waiting", "{step} {moment:?}");
        world.pass(span("2h"));
        world.tick();
        assert_eq!(world.outcome(2), "succeeded", "{step} {moment:?}");
    }
}

#[test]
fn no_freeze_stops_a_rollback() {
    // By itself, after a check that failed.
    let world = frozen_under_way(1, Moment::Started, true);
    assert_eq!(world.outcome(2), "rolled back");
    assert_eq!(world.current("live").as_deref(), Some("r1"));
    // By hand.
    let mut world = self::world();
    world.promote("r2", "live");
    for scope in [Scope::All, live()] {
        world
            .freeze(scope, "2h", "inventory", &oidc("alice"))
            .unwrap();
    }
    world.roll_back("live", None, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.current("live").as_deref(), Some("r1"));
}

#[test]
fn a_freeze_again_takes_the_place_of_the_first() {
    let mut world = frozen(live(), "2h");
    let first = world.state.freezes[0].until;
    // Longer, and shorter: whoever may freeze may end it too.
    for (until, count) in [("5h", 2), ("1h", 3)] {
        world
            .freeze(live(), until, "longer", &oidc("alice"))
            .unwrap();
        let expected = world.clock + span(until);
        assert_eq!(
            freeze_of(&world, "r2", "live").unwrap().until,
            Some(expected)
        );
        assert_eq!(world.state.freezes.len(), count);
    }
    let at = world.state.freezes[1].at;
    assert_eq!(world.state.freezes[0].until, first);
    assert_eq!(
        world.state.freezes[0].ended,
        Some(FreezeEnd::Replaced { at })
    );
    // Once it has run out there is nothing to replace.
    world.pass(span("1h"));
    world.freeze(live(), "1h", "again", &oidc("alice")).unwrap();
    assert_eq!(world.state.freezes[2].ended, None);
    assert_eq!(world.state.in_force(world.clock).count(), 1);
}

#[test]
fn the_same_freeze_again_is_none() {
    let mut world = frozen(live(), "2026-03-05");
    let again = |world: &mut World, reason: &str, by: &str| {
        let events = world.freeze(live(), "2026-03-05", reason, &oidc(by));
        events.unwrap().len()
    };
    assert_eq!(again(&mut world, "inventory", "alice"), 0);
    assert_eq!(again(&mut world, "the fair", "alice"), 1);
}

#[test]
fn a_freeze_ends_in_the_future_and_within_a_year() {
    let mut world = world();
    let mut refused = |until: Time| {
        // A second passes before each command.
        let refusal = world.freeze(live(), &until.to_string(), "x", &oidc("alice"));
        let refusal = refusal.unwrap_err();
        assert_eq!(refusal.fault(), Fault::Input);
        world.clock = world.clock - Span::from_secs(1);
        refusal.to_string()
    };
    let now = world_now();
    assert!(refused(now).contains("is not in the future; it is "));
    assert!(refused(now - span("1d")).contains("is not in the future"));
    let late = refused(now + FREEZE_MAX + Span::from_us(1));
    assert!(late.contains("is more than 366d away"), "{late}");
    for last in [now + Span::from_us(1), now + FREEZE_MAX] {
        let last = last.to_string();
        let mut world = self::world();
        world.freeze(live(), &last, "x", &oidc("alice")).unwrap();
    }
}

#[test]
fn today_may_be_the_last_day() {
    let world = frozen(live(), "2026-03-01");
    let until = world.state.freezes[0].until;
    assert_eq!(until.to_string(), "2026-03-02T00:00:00Z");
    let mut world = self::world();
    let yesterday = world.freeze(live(), "2026-02-28", "x", &oidc("alice"));
    assert!(yesterday.is_err());
}

/// When the next command of [`world`] is given.
fn world_now() -> Time {
    world().clock + Span::from_secs(1)
}

#[test]
fn reasons_are_said() {
    let mut world = world();
    for reason in ["", "  ", "a\nb", "\u{202e}"] {
        let refused = world.freeze(live(), "2h", reason, &oidc("alice"));
        assert!(refused.is_err(), "{reason:?}");
    }
    world.freeze(live(), "2h", "x", &oidc("alice")).unwrap();
    let refused = world.unfreeze(live(), Some(""), &oidc("alice"));
    assert!(refused.is_err());
    world
        .unfreeze(live(), Some("it was called off"), &oidc("alice"))
        .unwrap();
    let ended: Vec<&Freeze> = world.state.freezes.iter().collect();
    let Some(FreezeEnd::Lifted { by, reason, .. }) = &ended[0].ended else {
        panic!("{ended:?}")
    };
    assert_eq!(by, &oidc("alice"));
    assert_eq!(reason.as_deref(), Some("it was called off"));
}

#[test]
fn only_who_may_freeze_may_unfreeze() {
    let mut world = frozen(Scope::All, "2h");
    // The owners', where the policy does not say otherwise.
    for stranger in [oidc("bob"), token("ci"), user("alice")] {
        assert!(world.freeze(live(), "2h", "x", &stranger).is_err());
        assert!(world.unfreeze(Scope::All, None, &stranger).is_err());
    }
    world.unfreeze(Scope::All, None, &oidc("alice")).unwrap();
}

#[test]
fn only_what_is_frozen_can_be_unfrozen() {
    let mut world = frozen(Scope::All, "2h");
    let refusal = world.unfreeze(live(), None, &oidc("alice")).unwrap_err();
    assert_eq!(refusal.fault(), Fault::Rule);
    assert_eq!(
        refusal.to_string(),
        "there is no freeze of live; all environments are frozen (`liftlock unfreeze --all`)"
    );
    world.pass(span("2h"));
    for scope in [Scope::All, live()] {
        let refusal = world.unfreeze(scope.clone(), None, &oidc("alice"));
        let message = refusal.unwrap_err().to_string();
        assert_eq!(message, format!("there is no freeze of {scope}"));
    }
    let nowhere = Scope::Environment(is("nowhere"));
    for refused in [
        world.freeze(nowhere.clone(), "2h", "x", &oidc("alice")),
        world.unfreeze(nowhere, None, &oidc("alice")),
    ] {
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("\"nowhere\" is not known")
        );
    }
}

#[test]
fn a_freeze_outlives_its_environment() {
    let mut world = frozen(live(), "2h");
    world
        .adopt(policy(vec![env("other")]), &oidc("alice"))
        .unwrap();
    assert_eq!(freeze_of(&world, "r2", "other"), None);
    world.unfreeze(live(), None, &oidc("alice")).unwrap();
}
