//! Whether a window is open, and until when, or from when on.

use super::UnknownZone;
use super::local::Zone;
use super::week::Week;
use crate::policy::WindowRule;
use crate::{Span, Time};

/// How far ahead a change is looked for: 366 days.
pub const AHEAD_MAX: Span = Span::from_secs(366 * 86_400);

/// What a window is at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Open.
    Open {
        /// The first instant after it that is not open; `None`: not within [`AHEAD_MAX`].
        closes: Option<Time>,
    },
    /// Closed.
    Closed {
        /// The first instant after it that is open; `None`: not within [`AHEAD_MAX`].
        opens: Option<Time>,
    },
}

/// Whether a window is open at an instant, and when that changes.
///
/// An instant is open exactly where its local time is: where the clocks of the window's time zone
/// then say a time within the hours, on a day that is listed and not excluded. So
/// - a local time that is skipped never comes: what would open within the gap opens at its end,
///   and what lies wholly in it is not open that day;
/// - a local time that comes twice is open both times, and what lies between is as the clocks say;
/// - what is after midnight belongs to the day it began on: it is open if that day is listed, and
///   neither that day nor the one it runs into is excluded.
///
/// The cost hangs on the number of exclusions and of days until the change, of which there are at
/// most [`AHEAD_MAX`]: microseconds.
///
/// # Errors
/// The time zone is not in the database, which the check of a policy refuses.
pub fn open_at(rule: &WindowRule, now: Time) -> Result<Opening, UnknownZone> {
    // An instant beyond the calendar's last year is its last one: the numbers stay small.
    let now = Time::from_us(now.timestamp().as_microsecond());
    let zone = Zone::named(&rule.timezone)?;
    let week = Week::new(rule);
    let closed = next(&zone, &week, false, now);
    Ok(match closed {
        Some(at) if at == now => Opening::Closed {
            opens: next(&zone, &week, true, now),
        },
        closes => Opening::Open { closes },
    })
}

/// The first instant from `now` on that is in the window, or, where `inside` is false, is not:
/// looked for in one stretch of even local time after the other.
fn next(zone: &Zone, week: &Week, inside: bool, now: Time) -> Option<Time> {
    let horizon = now + AHEAD_MAX;
    let mut from = now;
    while from < horizon {
        let stretch = zone.stretch(from);
        let end = stretch.end.unwrap_or(horizon).min(horizon);
        let local = |time: Time| time.us().saturating_add(stretch.ahead_us);
        if let Some(at) = week.next(inside, local(from), local(end)) {
            return Some(Time::from_us(at - stretch.ahead_us));
        }
        if end <= from {
            return None;
        }
        from = end;
    }
    None
}
