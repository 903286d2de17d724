//! A time zone as stretches of time with one offset each: within one, local time runs evenly, so
//! that windows are compared as numbers.

use jiff::tz::TimeZone;

use super::{UnknownZone, ZoneName};
use crate::Time;

/// A day of local time, in microseconds.
pub(super) const DAY_US: i64 = 86_400_000_000;

/// A time zone.
pub(super) struct Zone(TimeZone);

/// A stretch of time with one offset from UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// What local time is ahead of UTC, in microseconds.
    pub(super) ahead_us: i64,
    /// When another offset begins; `None`: never.
    pub(super) end: Option<Time>,
}

impl Zone {
    pub(super) fn named(name: &ZoneName) -> Result<Self, UnknownZone> {
        name.zone().map(Self)
    }

    /// The stretch that `time` is in.
    pub(super) fn stretch(&self, time: Time) -> Stretch {
        let timestamp = time.timestamp();
        let ahead = i64::from(self.0.to_offset(timestamp).seconds()) * 1_000_000;
        let next = self.0.following(timestamp).next();
        Stretch {
            ahead_us: ahead,
            end: next.map(|next| Time::from_us(next.timestamp().as_microsecond())),
        }
    }
}

impl ZoneName {
    /// The day and time of day of an instant in this time zone, for people: `Mon 2026-11-23 09:00
    /// in Europe/Berlin`. In UTC where the zone is not known.
    pub fn show(&self, time: Time) -> String {
        let (zone, name) = match self.zone() {
            Ok(zone) => (zone, self.as_str()),
            Err(_) => (TimeZone::UTC, "UTC"),
        };
        let local = zone.to_datetime(time.timestamp());
        format!("{} in {name}", local.strftime("%a %Y-%m-%d %H:%M"))
    }
}
