//! A window in local time alone, as numbers: which minutes of which day are in it.

use super::Weekday;
use super::local::DAY_US;
use crate::policy::WindowRule;

const MINUTE_US: i64 = 60_000_000;

/// 1970-01-01 was a Thursday.
const EPOCH_WEEKDAY: i64 = 3;

/// A window, ready to be asked.
pub(super) struct Week {
    /// Whether the window begins on a day of the week, from Monday.
    listed: [bool; 7],
    /// What of a day is in the window, by [`kind`].
    days: [Apart; 4],
    /// Days since 1970-01-01 that are excluded.
    excluded: Apart,
}

/// Stretches in order, and apart from one another: where each begins, and where it ends.
type Apart = Vec<(i64, i64)>;

/// Which of four days it is: the window begins on it or not, and on the day before or not.
fn kind(today: bool, yesterday: bool) -> usize {
    usize::from(today) + 2 * usize::from(yesterday)
}

impl Week {
    pub(super) fn new(rule: &WindowRule) -> Self {
        let minute = |minute: u16| i64::from(minute) * MINUTE_US;
        let mut days: [Apart; 4] = Default::default();
        for (today, yesterday) in [(true, false), (false, true), (true, true)] {
            let own = rule.hours.iter().filter(|_| today);
            let own = own.map(|hours| (minute(hours.own().0), minute(hours.own().1)));
            let carried = rule.hours.iter().filter(|_| yesterday);
            let carried = carried.map(|hours| (0, minute(hours.carried())));
            let ranges = own.chain(carried).filter(|(from, until)| from < until);
            days[kind(today, yesterday)] = apart(ranges.collect());
        }
        // Of days the last is included: its end is the day after.
        let excluded = rule.except.iter().map(|dates| dates.days());
        let excluded = excluded.map(|(first, last)| (first, last + 1));
        Self {
            listed: Weekday::ALL.map(|day| rule.days.contains(day)),
            days,
            excluded: apart(excluded.collect()),
        }
    }

    /// The first local time from `from` on, and before `end`, that is in the window, or, where
    /// `inside` is false, is not.
    pub(super) fn next(&self, inside: bool, from: i64, end: i64) -> Option<i64> {
        let mut at = from;
        while at < end {
            let day = at.div_euclid(DAY_US);
            let next_day = (day + 1) * DAY_US;
            let next = match (self.exclusion(day), inside) {
                (Some(_), false) => Some(at),
                (Some(after), true) => {
                    at = after.saturating_mul(DAY_US);
                    continue;
                }
                (None, true) => self.opens(day, at),
                (None, false) => Some(self.closes(day, at)).filter(|closes| *closes < next_day),
            };
            match next {
                Some(next) => return Some(next).filter(|next| *next < end),
                None => at = next_day,
            }
        }
        None
    }

    /// The first day after the exclusion that a day is in.
    fn exclusion(&self, day: i64) -> Option<i64> {
        let next = self.excluded.partition_point(|(_, end)| *end <= day);
        let (first, end) = self.excluded.get(next)?;
        (*first <= day).then_some(*end)
    }

    /// The first time of this day from `at` on that is in the window.
    fn opens(&self, day: i64, at: i64) -> Option<i64> {
        let begins = day * DAY_US;
        let mut ranges = self.ranges(day).iter();
        let (from, _) = ranges.find(|(_, until)| begins + until > at)?;
        Some(at.max(begins + from))
    }

    /// The first time from `at` on that is not in the window, as far as this day goes.
    fn closes(&self, day: i64, at: i64) -> i64 {
        let begins = day * DAY_US;
        let mut ranges = self.ranges(day).iter();
        match ranges.find(|(from, until)| begins + from <= at && begins + until > at) {
            Some((_, until)) => begins + until,
            None => at,
        }
    }

    /// The times of a day that is not excluded which are in the window, in microseconds from its
    /// midnight: of the ranges that begin on it, and of those that began the day before and go
    /// over midnight.
    fn ranges(&self, day: i64) -> &Apart {
        let yesterday = self.is_listed(day - 1) && self.exclusion(day - 1).is_none();
        &self.days[kind(self.is_listed(day), yesterday)]
    }

    fn is_listed(&self, day: i64) -> bool {
        let weekday = (day + EPOCH_WEEKDAY).rem_euclid(7);
        self.listed.get(weekday as usize).copied().unwrap_or(false)
    }
}

/// In order, with those that overlap or touch made one.
fn apart(mut stretches: Vec<(i64, i64)>) -> Apart {
    stretches.sort_unstable();
    let mut apart: Apart = Vec::with_capacity(stretches.len());
    for (first, end) in stretches {
        match apart.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(end),
            _ => apart.push((first, end)),
        }
    }
    apart
}
