//! Windows: days, hours, a time zone, an instant in microseconds since 1970 and excluded dates, with
//! a space between them, and commas within the hours and the dates.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use liftlock_core::calendar::{AHEAD_MAX, Dates, Days, Hours, Opening, ZoneName, open_at};
use liftlock_core::policy::WindowRule;
use liftlock_core::{Span, Time};

/// As many as a policy may have.
const HOURS_MAX: usize = 24;
const EXCEPT_MAX: usize = 366;

/// From 1970 to some years before 10000, where calendars end.
const NOW: std::ops::Range<i64> = 0..250_000_000_000_000_000;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(5, ' ');
    let mut part = || parts.next().unwrap_or_default();
    // Several are a list in a file; what is shown of them is for people.
    let days = part().parse::<Days>().ok();
    let hours = list::<Hours>(part(), HOURS_MAX);
    let timezone = read_back::<ZoneName>(part());
    let now = part().parse().ok().filter(|now| NOW.contains(now));
    let now = now.map(Time::from_us);
    let except = list::<Dates>(part(), EXCEPT_MAX);
    let (Some(days), Some(timezone), Some(now)) = (days, timezone, now) else {
        return;
    };
    let rule = WindowRule {
        days,
        hours,
        timezone,
        except,
    };
    let Ok(opening) = open_at(&rule, now) else {
        assert!(!rule.timezone.is_known());
        return;
    };
    let change = match opening {
        Opening::Open { closes } => closes,
        Opening::Closed { opens } => opens,
    };
    let Some(change) = change else { return };
    // Nothing changes before it is said to, and then it does.
    assert!(change > now && change <= now + AHEAD_MAX, "{change:?}");
    let is_open = |at| matches!(open_at(&rule, at), Ok(Opening::Open { .. }));
    let before = Time::from_us(change.us() - 1);
    assert_eq!(is_open(before), is_open(now));
    assert_ne!(is_open(change), is_open(now));
    let half = now + Span::from_us(change.since(now).us() / 2);
    assert_eq!(is_open(half), is_open(now));
});

fn list<T: FromStr + Display + Debug + PartialEq>(text: &str, max: usize) -> Vec<T> {
    text.split(',').take(max).filter_map(read_back).collect()
}

/// What the text names, which must be the same when shown and read again.
fn read_back<T: FromStr + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    let shown = value.to_string();
    match shown.parse::<T>() {
        Ok(again) => assert_eq!(again, value, "{shown}"),
        Err(_) => panic!("{shown} cannot be read again"),
    }
    Some(value)
}
