//! Windows, as a look at a clock on the wall there tells.

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use liftlock_core::Time;
use liftlock_core::calendar::Weekday;
use liftlock_core::policy::WindowRule;

/// Whether it is open there at an instant. The generator excludes no days.
pub(crate) fn is_open(rule: &WindowRule, now: Time) -> bool {
    let zone = TimeZoneDatabase::bundled().get(rule.timezone.as_str());
    let (Ok(zone), Ok(now)) = (zone, Timestamp::from_microsecond(now.us())) else {
        return false;
    };
    let wall = now.to_zoned(zone);
    let day = wall.weekday().to_monday_zero_offset();
    let minute = i32::from(wall.hour()) * 60 + i32::from(wall.minute());
    let listed = |day: i8| {
        let weekday = Weekday::ALL.get(day.rem_euclid(7).unsigned_abs() as usize);
        weekday.is_some_and(|weekday| rule.days.contains(*weekday))
    };
    rule.hours.iter().any(|hours| {
        let text = hours.to_string();
        let (from, until) = text.split_once('-').unwrap_or_default();
        let (from, until) = (minutes(from), minutes(until));
        if from < until {
            listed(day) && from <= minute && minute < until
        } else {
            (listed(day) && minute >= from) || (listed(day - 1) && minute < until)
        }
    })
}

fn minutes(text: &str) -> i32 {
    let (hour, minute) = text.split_once(':').unwrap_or_default();
    hour.parse::<i32>().unwrap_or(0) * 60 + minute.parse::<i32>().unwrap_or(0)
}
