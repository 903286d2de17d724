//! Windows: that can open, in a time zone that there is.

use super::Found;
use crate::calendar::UnknownZone;
use crate::policy::WindowRule;

/// The most ranges of hours in one window.
const HOURS_MAX: usize = 24;

/// The most exclusions of one window: a day each for a year and its leap day.
const EXCEPT_MAX: usize = 366;

pub(super) fn check<'a>(
    rule: &WindowRule,
    path: impl Iterator<Item = &'a str> + Clone,
    found: &mut Found,
) {
    let mut add = |key: &'a str, message: String| {
        found.add(path.clone().chain(["window", key]), message);
    };
    if rule.days.is_empty() {
        add("days", "a window without days never opens".to_owned());
    }
    if rule.hours.is_empty() {
        add("hours", "a window without hours never opens".to_owned());
    }
    for (key, count, max) in [
        ("hours", rule.hours.len(), HOURS_MAX),
        ("except", rule.except.len(), EXCEPT_MAX),
    ] {
        if count > max {
            add(
                key,
                format!("`{key}` has {count} entries; the limit is {max}"),
            );
        }
    }
    if !rule.timezone.is_known() {
        let unknown = UnknownZone(rule.timezone.clone());
        add("timezone", unknown.to_string());
    }
}
