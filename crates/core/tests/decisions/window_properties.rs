//! Windows against the naive minute-by-minute ones.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use liftlock_core::calendar::{AHEAD_MAX, Opening, open_at};
use liftlock_core::policy::WindowRule;
use liftlock_core::{Span, Time};
use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq, prop_oneof};

use crate::build::{at, window};
use crate::naive_window;
use crate::properties::runner;

const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Gaza",
];

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// Ranges of hours whose ends lie on multiples of so many minutes.
fn hours(minutes: u32) -> impl Strategy<Value = String> {
    let ends = (0..1440 / minutes, 1..1440 / minutes);
    let one = ends.prop_map(move |(from, length)| {
        let (from, until) = (from * minutes, (from + length) * minutes % 1440);
        format!(
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    });
    let one = prop_oneof![4 => one, 1 => Just("00:00-24:00".to_owned())];
    proptest::collection::vec(one, 1..4).prop_map(|ranges| ranges.join(","))
}

/// An instant of this century: any, or one within two days of where a zone's clocks are changed.
fn instant() -> impl Strategy<Value = (&'static str, Time)> {
    let century = at("2000-06-01T00:00:00Z").us()..at("2050-01-01T00:00:00Z").us();
    let near = -172_800_000_000i64..172_800_000_000;
    (0..ZONES.len(), century, any::<bool>(), near).prop_map(|(index, us, is_near, near)| {
        let name = ZONES[index];
        let timestamp = jiff::Timestamp::from_microsecond(us).unwrap();
        let zone = zone(name);
        let change = zone.following(timestamp).next();
        let at = match change.filter(|_| is_near) {
            Some(change) => change.timestamp().as_microsecond() + near,
            None => us,
        };
        (name, Time::from_us(at))
    })
}

/// A window, and an instant; exclusions lie within `reach` days of that.
fn asked(minutes: u32, reach: i64) -> impl Strategy<Value = (WindowRule, Time)> {
    let days = proptest::sample::select(vec![
        "mon",
        "sun",
        "sat-sun",
        "fri-mon",
        "mon-fri",
        "mon-sun",
        "wed",
        "thu-sat",
        "mon,wed,fri",
    ]);
    let excluded = proptest::collection::vec((-3..reach, 0..reach / 3 + 2), 0..6);
    (days, hours(minutes), instant(), excluded).prop_map(|(days, hours, (zone, now), excluded)| {
        let date = |days: i64| now.us() + days * 86_400_000_000;
        let date = |days: i64| Time::from_us(date(days)).to_string()[..10].to_owned();
        let excluded = excluded.iter();
        let excluded: String = excluded
            .map(|(first, more)| format!(" {}..{}", date(*first), date(first + more)))
            .collect();
        (window(&format!("{days} {hours} {zone}{excluded}")), now)
    })
}

/// What a window is, and when that changes.
fn told(rule: &WindowRule, now: Time) -> (bool, Option<Time>) {
    match open_at(rule, now).unwrap() {
        Opening::Open { closes } => (true, closes),
        Opening::Closed { opens } => (false, opens),
    }
}

/// The same as the naive window up to `end`, looked at every so many minutes.
fn agrees(rule: &WindowRule, now: Time, end: Time, minutes: i64) -> Result<(), TestCaseError> {
    let zone = zone(rule.timezone.as_str());
    let (open, change) = told(rule, now);
    prop_assert_eq!(open, naive_window::is_open(rule, &zone, now));
    let naive = naive_window::change(rule, &zone, (now, end), minutes);
    let change = change.filter(|change| *change < end);
    prop_assert_eq!(change, naive);
    Ok(())
}

#[test]
fn the_next_change_is_the_first_minute_that_is_other() {
    let result = runner(150).run(&asked(1, 3), |(rule, now)| {
        agrees(&rule, now, now + Span::from_secs(3 * 86_400), 1)
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn so_it_is_over_a_year_of_exclusions() {
    let result = runner(24).run(&asked(15, 200), |(rule, now)| {
        agrees(&rule, now, now + AHEAD_MAX, 15)
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn asked_later_it_tells_the_same_until_then() {
    let result = runner(500).run(&(asked(5, 10), 0.0..1.0), |((rule, now), part)| {
        let (open, change) = told(&rule, now);
        if let Some(change) = change {
            prop_assert!(change > now);
            let later = Time::from_us(now.us() + (change.since(now).us() as f64 * part) as i64);
            let last = Time::from_us(change.us() - 1);
            for time in [later, last] {
                prop_assert_eq!(told(&rule, time), (open, Some(change)));
            }
            prop_assert_eq!(told(&rule, change).0, !open);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
