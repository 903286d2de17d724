//! Days of the week.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day of the week, in the order of ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Some days of the week. Written as a day or a range of days: `mon`, `mon-thu`, and `fri-mon`,
/// which goes over Sunday.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(BTreeSet<Weekday>);

/// Why a text is not a day, or a range of days.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DaysError {
    /// Not a day.
    #[error(
        "{0:?} is not a day of the week; expected mon, tue, wed, thu, fri, sat or sun, or a range such as mon-thu"
    )]
    Form(String),
    /// A range from a day to itself.
    #[error("{0}-{0} is one day or all of them; say {0}, or mon-sun")]
    Same(Weekday),
}

impl Weekday {
    /// The week, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.as_str() == word)
    }
}

impl Days {
    /// Whether it has no day.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `day` is one of them.
    pub fn contains(&self, day: Weekday) -> bool {
        self.0.contains(&day)
    }

    /// These and those.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Its longest ranges within a week from Monday, each as it is written.
    pub fn ranges(&self) -> Vec<String> {
        let mut ranges: Vec<(Weekday, Weekday)> = Vec::new();
        for (before, day) in [None]
            .into_iter()
            .chain(Weekday::ALL.map(Some))
            .zip(Weekday::ALL)
        {
            if !self.contains(day) {
                continue;
            }
            match ranges.last_mut() {
                Some(range) if Some(range.1) == before => range.1 = day,
                _ => ranges.push((day, day)),
            }
        }
        let written = |(first, last): (Weekday, Weekday)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        ranges.into_iter().map(written).collect()
    }
}

impl FromStr for Days {
    type Err = DaysError;

    fn from_str(text: &str) -> Result<Self, DaysError> {
        let bad = || DaysError::Form(text.chars().take(40).collect());
        let day = |word: &str| Weekday::named(word).ok_or_else(bad);
        let Some((first, last)) = text.split_once('-') else {
            return Ok(Self(BTreeSet::from([day(text)?])));
        };
        let (first, last) = (day(first)?, day(last)?);
        if first == last {
            return Err(DaysError::Same(first));
        }
        let inside = |day: &Weekday| match first < last {
            true => (first..=last).contains(day),
            false => *day >= first || *day <= last,
        };
        Ok(Self(Weekday::ALL.into_iter().filter(inside).collect()))
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.ranges().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_may_go_over_sunday() {
        for (text, written) in [
            ("mon", "mon"),
            ("mon-thu", "mon-thu"),
            ("fri-mon", "mon, fri-sun"),
            ("sun-mon", "mon, sun"),
            ("mon-sun", "mon-sun"),
            ("tue-mon", "mon-sun"),
            ("sat-sun", "sat-sun"),
        ] {
            assert_eq!(text.parse::<Days>().unwrap().to_string(), written, "{text}");
        }
        for bad in [
            "",
            "Mon",
            "monday",
            "mon-",
            "-mon",
            "mon-wed-fri",
            "mon - thu",
            "1",
            "mon-mon",
        ] {
            assert!(bad.parse::<Days>().is_err(), "{bad}");
        }
        let two = "mon"
            .parse::<Days>()
            .unwrap()
            .and("wed-fri".parse().unwrap());
        assert_eq!(two.to_string(), "mon, wed-fri");
        assert!(Days::default().is_empty() && Days::default().ranges().is_empty());
    }
}
