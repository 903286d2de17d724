//! `semantics`, "Soak": gaps between observations longer than three intervals don't count.

use liftlock_core::policy::Policy;
use liftlock_core::verdict::{Answer, Verdict};
use liftlock_core::watching::{Observation, digest};
use liftlock_core::{Command, Event, Refusal, Span};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::prop_assert;

use crate::actors::{oidc, token};
use crate::build::{Env, env, is, policy, soak, span};
use crate::properties::runner;
use crate::world::World;

fn staging() -> Env {
    env("staging").deploys().checked()
}

fn pipeline(staging: Env) -> Policy {
    let production = env("production").after("staging").gate("soak", soak("1h"));
    policy(vec![staging, production])
}

/// r1 is verified in staging, whose check is run every ten minutes; production wants an hour.
fn world() -> World {
    let mut world = World::with(pipeline(staging().watched("10m")));
    world.release("r1");
    world.promote("r1", "staging");
    world
}

fn soaked(world: &World) -> Span {
    let there = world.state.environment(&is("staging"));
    let clock = there.soak.get(&is("r1")).copied().unwrap_or_default();
    clock.total(world.clock)
}

fn verdict(world: &World) -> Verdict {
    world.judged("r1", "production", "soak")
}

#[test]
fn what_is_watched_soaks() {
    let mut world = world();
    world.watches("staging", 6, span("10m"));
    assert_eq!(soaked(&world), span("1h"));
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Passed);
}

#[test]
fn where_nobody_watches_it_stands_three_intervals_after_the_last_look() {
    let mut world = world();
    world.watches("staging", 2, span("10m"));
    let last = world.clock;
    world.pass(span("25m"));
    let counting = verdict(&world);
    assert_eq!(counting.until, Some(world.clock + span("15m")));
    assert!(counting.reason.contains("15m to go"), "{}", counting.reason);
    world.pass(span("20h"));
    assert_eq!(soaked(&world), span("50m"));
    let standing = verdict(&world);
    assert_eq!(standing.answer, Answer::Waiting);
    assert_eq!(standing.until, None);
    let says = format!("soaked 50m of 1h in staging, and nobody watches staging since {last:#}");
    assert_eq!(standing.reason, says);
    assert_eq!(standing.help.as_deref(), Some("liftlock watch staging"));
}

#[test]
fn a_laptop_that_slept_for_hours_has_earned_three_intervals_of_them() {
    let mut world = world();
    world.watches("staging", 1, span("10m"));
    world.pass(span("7h"));
    world.observes("staging", true);
    let stretch = world.stretch("staging").unwrap();
    assert_eq!(stretch.lost, span("6h30m"));
    world.sums("staging", &token("ci")).unwrap();
    assert_eq!(soaked(&world), span("40m"));
    // It is awake again.
    world.watches("staging", 2, span("10m"));
    assert_eq!(soaked(&world), span("1h"));
}

#[test]
fn without_an_interval_time_counts_as_it_passes() {
    let mut world = World::with(pipeline(staging()));
    world.release("r1");
    world.promote("r1", "staging");
    world.pass(span("7h"));
    assert_eq!(soaked(&world), span("7h"));
    world.observes("staging", true);
    assert_eq!(world.stretch("staging"), None);
}

#[test]
fn the_shortest_interval_says_how_long_a_look_is_good_for() {
    let mut policy = pipeline(staging().watched("10m"));
    let checks = &mut policy.environments[0].checks;
    let mut load = checks[0].clone();
    load.name = is("load");
    load.every = Some(span("24h"));
    checks.push(load);
    let mut world = World::with(policy);
    world.release("r1");
    world.promote("r1", "staging");
    world.pass(span("24h"));
    assert_eq!(soaked(&world), span("30m"));
}

/// A policy that was made with another number of intervals is not one.
#[test]
fn a_policy_cannot_say_that_longer_gaps_count() {
    let mut policy = pipeline(staging().watched("10m"));
    policy.environments[0].gap_max = Some(span("7d"));
    assert_ne!(policy.problems(), []);
}

#[test]
fn two_who_watch_earn_no_more_than_one() {
    let mut world = world();
    for _ in 0..6 {
        world.pass(span("5m"));
        world.observes("staging", true);
        world.observes("staging", true);
        world.pass(span("5m"));
        world.observes("staging", true);
    }
    world.sums("staging", &token("ci")).unwrap();
    assert_eq!(soaked(&world), span("1h"));
}

/// Whoever is second finds that it was summed.
#[test]
fn who_sums_what_is_summed_changes_nothing() {
    let mut world = world();
    world.pass(span("10m"));
    world.observes("staging", true);
    let stretch = world.stretch("staging").unwrap();
    let note = Command::NoteWatched(stretch);
    assert_eq!(world.run(&note, &token("ci")).unwrap().len(), 1);
    assert_eq!(world.run(&note, &token("ci")).unwrap(), []);
    assert_eq!(world.stretch("staging"), None);
}

#[test]
fn observations_out_of_order_count_as_if_they_were_in_order() {
    let mut world = world();
    let begin = world.clock;
    for minutes in [40, 10, 30, 20] {
        let at = begin + Span::from_secs(60 * minutes);
        world.observes_at("staging", true, at);
    }
    world.pass(span("40m"));
    let stretch = world.stretch("staging").unwrap();
    assert_eq!(stretch.count, 4);
    assert_eq!(
        (stretch.lost, stretch.until),
        (Span::ZERO, begin + span("40m"))
    );
}

#[test]
fn a_clock_that_is_wrong_gives_nothing() {
    let mut world = world();
    let begin = world.clock;
    world.observes_at("staging", true, begin + span("50m"));
    world.observes_at("staging", true, begin - span("3h"));
    world.pass(span("10m"));
    assert_eq!(world.stretch("staging"), None);
    // What comes late, from before what was summed, does not bring back what was lost.
    world.pass(span("2h"));
    world.observes("staging", true);
    world.sums("staging", &token("ci")).unwrap();
    let earned = soaked(&world);
    world.observes_at("staging", true, begin + span("1h30m"));
    assert_eq!(world.stretch("staging"), None);
    world.sums("staging", &token("ci")).unwrap();
    assert_eq!(soaked(&world), earned);
}

#[test]
fn a_check_that_failed_is_no_look_and_another_releases_neither() {
    let mut world = world();
    world.release("r2");
    world.pass(span("10m"));
    world.observes("staging", false);
    assert_eq!(world.stretch("staging"), None);
    world.observes("staging", true);
    world.promote("r2", "staging");
    assert_eq!(world.stretch("staging"), None);
}

/// What was watched is summed before another release takes its place; it is paused with that.
#[test]
fn what_was_summed_before_a_displacement_is_there_when_it_comes_back() {
    let mut world = world();
    world.release("r2");
    world.watches("staging", 3, span("10m"));
    let earned = soaked(&world);
    world.promote("r2", "staging");
    world.pass(span("9h"));
    let there = world.state.environment(&is("staging"));
    assert!(there.soak[&is("r1")].earned >= earned);
    assert!(soaked(&world) < earned + span("1m"));
}

#[test]
fn what_no_observations_can_come_to_is_refused() {
    let mut world = world();
    world.pass(span("5h"));
    world.observes("staging", true);
    let stretch = world.stretch("staging").unwrap();
    let refused = |world: &mut World, change: &dyn Fn(&mut liftlock_core::watching::Stretch)| {
        let mut changed = stretch.clone();
        change(&mut changed);
        let note = Command::NoteWatched(changed);
        let refusal = world.run(&note, &token("ci")).unwrap_err();
        assert!(matches!(refusal, Refusal::Invalid { .. }), "{refusal}");
    };
    refused(&mut world, &|stretch| stretch.lost = Span::ZERO);
    refused(&mut world, &|stretch| stretch.lost = span("5h"));
    refused(&mut world, &|stretch| stretch.lost = span("4h59m"));
    refused(&mut world, &|stretch| {
        stretch.until = stretch.until + span("1s")
    });
    refused(&mut world, &|stretch| stretch.until = stretch.since);
    refused(&mut world, &|stretch| stretch.count = 0);
    let note = Command::NoteWatched(stretch);
    let stranger = world.run(&note, &oidc("mallory")).unwrap_err();
    assert!(matches!(stranger, Refusal::NotAllowed { .. }), "{stranger}");
    assert_eq!(world.run(&note, &token("ci")).unwrap().len(), 1);
}

#[test]
fn another_interval_measures_the_gap_that_is_open_and_none_ends_the_measuring() {
    let mut world = world();
    world.pass(span("5h"));
    let shorter = pipeline(staging().watched("5m"));
    world.adopt(shorter, &oidc("alice")).unwrap();
    assert_eq!(soaked(&world), span("15m"));
    let longer = pipeline(staging().watched("1h"));
    world.adopt(longer, &oidc("alice")).unwrap();
    assert_eq!(soaked(&world), span("3h"));
    // From now on nobody has to look; what was lost stays lost.
    world.adopt(pipeline(staging()), &oidc("alice")).unwrap();
    assert_eq!(soaked(&world), span("3h"));
    world.pass(span("4h"));
    assert_eq!(soaked(&world), span("7h"));
    world
        .adopt(pipeline(staging().watched("10m")), &oidc("alice"))
        .unwrap();
    world.pass(span("9h"));
    assert_eq!(soaked(&world), span("7h30m1s"));
}

/// However observations come, and by whatever clocks: what counts is never more than three
/// intervals between two neighbours, and never more than the time that has passed.
#[test]
fn soak_never_exceeds_what_was_looked_at() {
    let looks = vec((0..200u16, -400..400i16, any::<u8>()), 0..40);
    let sums = vec(any::<bool>(), 40);
    let result = runner(300).run(&(looks, sums), |(looks, sums)| {
        let mut world = world();
        world.audited = false;
        let begin = world.state.environment(&is("staging")).soak[&is("r1")].since;
        let begin = begin.unwrap();
        let mut seen = vec![begin];
        for ((minutes, wrong, odd), sum) in looks.into_iter().zip(sums) {
            world.pass(Span::from_secs(60 * i64::from(minutes % 45)));
            let wrong = if odd % 4 == 0 { i64::from(wrong) } else { 0 };
            let at = world.clock.us() + wrong * 60_000_000;
            let at = liftlock_core::Time::from_us(at);
            let passed = odd % 8 != 7;
            world.observes_at("staging", passed, at);
            if passed {
                seen.push(at);
            }
            if sum {
                world.sums("staging", &token("ci")).unwrap();
            }
        }
        world.sums("staging", &token("ci")).unwrap();
        let now = world.clock;
        seen.retain(|at| *at >= begin && *at <= now);
        seen.push(now);
        seen.sort();
        let gaps = seen
            .windows(2)
            .map(|pair| pair[1].since(pair[0]).min(span("30m")));
        let most = gaps.fold(Span::ZERO, |sum, gap| sum + gap);
        prop_assert!(soaked(&world) <= most, "{} of {most}", soaked(&world));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_digest_is_over_everything_that_was_kept() {
    let seen = Observation {
        environment: "staging".to_owned(),
        promotion: "P-1".to_owned(),
        check: "health".to_owned(),
        at_us: 1_772_352_000_000_000,
        passed: true,
        summary: "200 \"OK\"\n\u{7f}é".to_owned(),
    };
    let one = vec![(7, seen.clone())];
    let canonical = "{\"at\":1772352000000000,\"check\":\"health\",\"environment\":\"staging\",\"n\":7,\"passed\":true,\"promotion\":\"P-1\",\"summary\":\"200 \\\"OK\\\"\\n\u{7f}é\"}\n";
    assert_eq!(digest(&one), liftlock_oci::Digest::of(canonical.as_bytes()));
    let changes: [fn(&mut (u64, Observation)); 7] = [
        |(n, _)| *n += 1,
        |(_, seen)| seen.at_us += 1,
        |(_, seen)| seen.passed = false,
        |(_, seen)| seen.check.push('x'),
        |(_, seen)| seen.environment.push('x'),
        |(_, seen)| seen.promotion.push('x'),
        |(_, seen)| seen.summary.push('x'),
    ];
    for change in changes {
        let mut changed = (7, seen.clone());
        change(&mut changed);
        assert_ne!(digest(&vec![changed]), digest(&one));
    }
}

/// A replay finds a stretch in which more time counts than its observations allow, and one that
/// does not go on from where the one before ended.
#[test]
fn a_replay_finds_what_was_changed() {
    let mut world = world();
    world.watches("staging", 1, span("10m"));
    world.pass(span("5h"));
    world.watches("staging", 4, span("10m"));
    world.promote("r1", "production");
    let found = |change: &dyn Fn(&mut liftlock_core::watching::Stretch)| {
        let mut entries = world.entries.clone();
        let last = entries.iter_mut().rev().find_map(|e| match &mut e.event {
            Event::Watched(stretch) => Some(stretch),
            _ => None,
        });
        change(last.unwrap());
        crate::replay_rules::replayed(&entries).findings_count
    };
    assert_eq!(found(&|_| {}), 0);
    assert_ne!(found(&|stretch| stretch.lost = Span::ZERO), 0);
    assert_ne!(
        found(&|stretch| stretch.since = stretch.since + span("1s")),
        0
    );
    assert_ne!(found(&|stretch| stretch.first = 1), 0);
    // Taken out, the promotion that rests on it is found.
    assert_eq!(world.outcome(2), "succeeded");
    let mut entries = world.entries.clone();
    let place = entries
        .iter()
        .rposition(|e| matches!(e.event, Event::Watched(_)));
    entries.remove(place.unwrap());
    for (n, entry) in (1..).zip(&mut entries) {
        entry.n = n;
    }
    assert_ne!(crate::replay_rules::replayed(&entries).findings_count, 0);
}
