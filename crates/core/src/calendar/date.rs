//! Days of the calendar, and stretches of them.

use std::fmt;
use std::str::FromStr;

use crate::Time;

/// A day of the calendar (ISO 8601), written `2026-12-24`. It has no time zone of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

/// Days of the calendar from one to another, both included; written `2026-12-24`, or
/// `2026-12-24..2027-01-02`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dates {
    first: Date,
    last: Date,
}

/// Why a text is not a date, or not a stretch of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not a date.
    #[error("{0:?} is not a date; expected a day such as 2026-12-24")]
    Form(String),
    /// The end lies before the start.
    #[error("{0} ends before it begins")]
    Backwards(Dates),
}

const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

impl Date {
    /// The instant at which this day ends in UTC: the next one's begin.
    pub fn ends_utc(self) -> Time {
        Time::from_us((self.day() + 1).saturating_mul(super::local::DAY_US))
    }

    /// Days since 1970-01-01.
    pub(super) fn day(self) -> i64 {
        self.0.duration_since(EPOCH).as_hours() / 24
    }
}

impl Dates {
    /// The first day, and the last, as days since 1970-01-01.
    pub(super) fn days(self) -> (i64, i64) {
        (self.first.day(), self.last.day())
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Just `YYYY-MM-DD`: other notations of ISO 8601 are easily misread.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let bad = || DateError::Form(text.chars().take(40).collect());
        let shape = |(at, byte): (usize, u8)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if text.len() != 10 || !text.bytes().enumerate().all(shape) {
            return Err(bad());
        }
        let (year, month, day) = (text[..4].parse(), text[5..7].parse(), text[8..].parse());
        let (Ok(year), Ok(month), Ok(day)) = (year, month, day) else {
            return Err(bad());
        };
        let date = jiff::civil::Date::new(year, month, day);
        date.map(Self).map_err(|_| bad())
    }
}

impl FromStr for Dates {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let dates = Self {
            first: first.parse()?,
            last: last.parse()?,
        };
        if dates.last < dates.first {
            return Err(DateError::Backwards(dates));
        }
        Ok(dates)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.0.year(), self.0.month(), self.0.day());
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}..{}", self.first, self.last)
    }
}

impl fmt::Debug for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

liftlock_oci::serde_as_text!(Date);

liftlock_oci::serde_as_text!(Dates);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_one_way() {
        for good in ["2026-12-24", "2028-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(good.parse::<Date>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "2026-12-4",
            "20261224",
            "2026-13-01",
            "2027-02-29",
            "2026-12-24T00:00:00",
            "2026/12/24",
            "+026-12-24",
            "2026-W52-4",
            "2026-12-2\u{661}",
        ] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        for good in ["2026-12-24", "2026-12-24..2027-01-02"] {
            assert_eq!(good.parse::<Dates>().unwrap().to_string(), good);
        }
        let one: Dates = "2026-12-24..2026-12-24".parse().unwrap();
        assert_eq!(one.to_string(), "2026-12-24");
        for bad in [
            "2027-01-02..2026-12-24",
            "2026-12-24..",
            "..",
            "2026-12-24 .. 2027-01-02",
        ] {
            assert!(bad.parse::<Dates>().is_err(), "{bad}");
        }
    }

    #[test]
    fn days_count_from_the_epoch() {
        let day = |text: &str| text.parse::<Date>().unwrap().day();
        assert_eq!((day("1970-01-01"), day("1969-12-31")), (0, -1));
        assert_eq!(day("2028-03-01") - day("2028-02-28"), 2);
        assert_eq!(day("9999-12-31"), 2_932_896);
        let ends = "2026-12-31".parse::<Date>().unwrap().ends_utc();
        assert_eq!(ends.to_string(), "2027-01-01T00:00:00Z");
    }
}
