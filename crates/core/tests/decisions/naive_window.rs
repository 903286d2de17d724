//! Windows once more, minute by minute, with jiff's own calendar.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use liftlock_core::Time;
use liftlock_core::calendar::{Dates, Weekday};
use liftlock_core::policy::WindowRule;

/// Whether a window is open at an instant, by what the clocks there say.
pub(crate) fn is_open(rule: &WindowRule, zone: &TimeZone, time: Time) -> bool {
    let timestamp = Timestamp::from_microsecond(time.us()).unwrap();
    let local: Zoned = timestamp.to_zoned(zone.clone());
    let (today, clock) = (local.date(), local.strftime("%H:%M").to_string());
    let yesterday = today.yesterday().unwrap();
    if is_excluded(&rule.except, today) {
        return false;
    }
    rule.hours.iter().any(|hours| {
        let written = hours.to_string();
        let (from, until) = written.split_once('-').unwrap();
        let overnight = until <= from;
        let own = from <= clock.as_str() && (overnight || clock.as_str() < until);
        let carried = overnight && clock.as_str() < until;
        let begun = |day| is_listed(rule, day) && !is_excluded(&rule.except, day);
        own && begun(today) || carried && begun(yesterday)
    })
}

fn is_listed(rule: &WindowRule, day: jiff::civil::Date) -> bool {
    let at = day.weekday().to_monday_zero_offset();
    rule.days
        .contains(Weekday::ALL[usize::try_from(at).unwrap()])
}

fn is_excluded(except: &[Dates], day: jiff::civil::Date) -> bool {
    let day = day.to_string();
    except.iter().any(|dates| {
        let written = dates.to_string();
        let (first, last) = written.split_once("..").unwrap_or((&written, &written));
        first <= day.as_str() && day.as_str() <= last
    })
}

/// The first instant after `time` at which the window is what it is not at `time`, in steps of so
/// many minutes, up to `end`.
pub(crate) fn change(
    rule: &WindowRule,
    zone: &TimeZone,
    (time, end): (Time, Time),
    minutes: i64,
) -> Option<Time> {
    let open = is_open(rule, zone, time);
    let step = minutes * 60_000_000;
    let first = time.us().div_euclid(step) * step + step;
    let mut steps = (first..end.us()).step_by(usize::try_from(step).unwrap());
    let at = steps.find(|at| is_open(rule, zone, Time::from_us(*at)) != open);
    at.map(Time::from_us)
}
