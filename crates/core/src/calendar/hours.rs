//! Times of a day.

use std::fmt;
use std::str::FromStr;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// From one time of day to before another, to the minute; written `09:00-16:00`. Where the end is
/// not after the start it goes over midnight, `22:00-02:00`, and what is after midnight belongs to
/// the day on which it began. `00:00-24:00` is the whole day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    from: u16,
    until: u16,
}

/// Why a text is no such range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not of that form.
    #[error("{0:?} is not a range of hours; expected times of day such as 09:00-16:00")]
    Form(String),
    /// Nothing lies between its ends.
    #[error("{0} is no time at all; the whole day is 00:00-24:00")]
    Empty(Hours),
}

impl Hours {
    /// The minutes of the day on which it begins: the first, and the one after the last.
    pub(super) fn own(self) -> (u16, u16) {
        match self.until > self.from {
            true => (self.from, self.until),
            false => (self.from, DAY),
        }
    }

    /// How many minutes of the next day belong to it, from midnight on.
    pub(super) fn carried(self) -> u16 {
        match self.until > self.from {
            true => 0,
            false => self.until,
        }
    }
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let bad = || HoursError::Form(text.chars().take(40).collect());
        let (from, until) = text.split_once('-').ok_or_else(bad)?;
        let minute = |text: &str| minute(text).ok_or_else(bad);
        let hours = Self {
            from: minute(from)?,
            until: minute(until)?,
        };
        if hours.from == DAY {
            return Err(bad());
        }
        if hours.from == hours.until {
            return Err(HoursError::Empty(hours));
        }
        Ok(hours)
    }
}

/// `HH:MM`, up to 24:00.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        two.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY).then_some(total)
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from, self.until);
        write!(f, "{:02}:{:02}-", from / 60, from % 60)?;
        write!(f, "{:02}:{:02}", until / 60, until % 60)
    }
}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

liftlock_oci::serde_as_text!(Hours);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_minutes_of_its_day_and_of_the_next() {
        for (text, own, carried) in [
            ("09:00-16:00", (540, 960), 0),
            ("22:00-02:00", (1320, 1440), 120),
            ("22:00-00:00", (1320, 1440), 0),
            ("22:00-24:00", (1320, 1440), 0),
            ("00:00-24:00", (0, 1440), 0),
            ("23:59-00:01", (1439, 1440), 1),
            ("09:00-08:59", (540, 1440), 539),
        ] {
            let hours: Hours = text.parse().unwrap();
            assert_eq!((hours.own(), hours.carried()), (own, carried), "{text}");
            assert_eq!(hours.to_string(), text);
        }
        for bad in [
            "",
            "9:00-16:00",
            "09:00",
            "09-16",
            "09:00-16:60",
            "09:00-24:01",
            "24:00-02:00",
            "25:00-26:00",
            "09:00-09:00",
            "00:00-00:00",
            "09:00 - 16:00",
            "09:00-+6:00",
            "09:00:00-16:00:00",
            "09:00-16:00-17:00",
        ] {
            assert!(bad.parse::<Hours>().is_err(), "{bad}");
        }
    }
}
