//! A window in local time alone, as numbers: which minutes of which day are in it.

use super::local::DAY_US;
use super::{Dates, Hours, Weekday};
use crate::policy::WindowRule;

const MINUTE_US: i64 = 60_000_000;

/// 1970-01-01 was a Thursday.
const EPOCH_WEEKDAY: i64 = 3;

/// A window, ready to be asked.
pub(super) struct Week<'a> {
    /// Whether the window begins on a day of the week, from Monday.
    listed: [bool; 7],
    hours: &'a [Hours],
    /// Days since 1970-01-01 that are excluded: first and last of each stretch, in order, apart
    /// from one another.
    excluded: Vec<(i64, i64)>,
}

impl<'a> Week<'a> {
    pub(super) fn new(rule: &'a WindowRule) -> Self {
        Self {
            listed: Weekday::ALL.map(|day| rule.days.contains(day)),
            hours: &rule.hours,
            excluded: apart(&rule.except),
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
                (Some(last), true) => {
                    at = (last + 1).saturating_mul(DAY_US);
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

    /// The last day of the exclusion that a day is in.
    fn exclusion(&self, day: i64) -> Option<i64> {
        let after = self.excluded.partition_point(|(first, _)| *first <= day);
        let (_, last) = self.excluded.get(after.checked_sub(1)?)?;
        (*last >= day).then_some(*last)
    }

    /// The first time of this day from `at` on that is in the window.
    fn opens(&self, day: i64, at: i64) -> Option<i64> {
        let ranges = self.ranges(day).filter(|(_, until)| *until > at);
        ranges.map(|(from, _)| from.max(at)).min()
    }

    /// The first time from `at` on that is in no range of this day: `at` itself, or the end of
    /// ranges that touch one another.
    fn closes(&self, day: i64, at: i64) -> i64 {
        let mut closes = at;
        // Each turn but the last swallows a range, so there are not more than there are ranges.
        while let Some(until) = self
            .ranges(day)
            .filter(|(from, until)| *from <= closes && *until > closes)
            .map(|(_, until)| until)
            .max()
        {
            closes = until;
        }
        closes
    }

    /// The local times of a day that is not excluded which are in the window: of the ranges that
    /// begin on it, and of those that began the day before and go over midnight.
    fn ranges(&self, day: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        let begins = day * DAY_US;
        let at = move |minute: u16| begins + i64::from(minute) * MINUTE_US;
        let today = self.is_listed(day);
        let yesterday = self.is_listed(day - 1) && self.exclusion(day - 1).is_none();
        let own = self.hours.iter().filter(move |_| today);
        let carried = self.hours.iter().filter(move |_| yesterday);
        let own = own.map(move |hours| (at(hours.own().0), at(hours.own().1)));
        own.chain(carried.map(move |hours| (begins, at(hours.carried()))))
            .filter(|(from, until)| from < until)
    }

    fn is_listed(&self, day: i64) -> bool {
        let weekday = (day + EPOCH_WEEKDAY).rem_euclid(7);
        self.listed.get(weekday as usize).copied().unwrap_or(false)
    }
}

/// The days of all dates, in order, with those that overlap or touch made one.
fn apart(dates: &[Dates]) -> Vec<(i64, i64)> {
    let mut days: Vec<_> = dates.iter().map(|dates| dates.days()).collect();
    days.sort_unstable();
    let mut apart: Vec<(i64, i64)> = Vec::with_capacity(days.len());
    for (first, last) in days {
        match apart.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            _ => apart.push((first, last)),
        }
    }
    apart
}
