//! Instants and spans. `core` has no clock: every instant is handed in.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: microseconds since 1970-01-01T00:00:00Z; written as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

/// A non-negative span of time in microseconds; written `90s`, `15m`, `24h`, `7d` or a sum
/// such as `1h30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

/// The longest span that may be written: ten years of 365 days.
pub const SPAN_MAX: Span = Span(3650 * 86_400 * 1_000_000);

/// Why a text is not an instant or a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339.
    #[error("{0:?} is not a time; expected RFC 3339, such as 2026-01-31T09:00:00Z")]
    Time(String),
    /// Not a span.
    #[error("{0:?} is not a span of time; expected a number with s, m, h or d, such as 90s or 24h")]
    Span(String),
    /// Over [`SPAN_MAX`].
    #[error("{0:?} is longer than ten years")]
    Long(String),
}

impl Time {
    /// From microseconds since the epoch.
    pub const fn from_us(us: i64) -> Self {
        Self(us)
    }

    /// Microseconds since the epoch.
    pub const fn us(self) -> i64 {
        self.0
    }

    /// The span from `earlier` to here; nothing where `earlier` is later.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }

    /// The UTC day, written `20260131`.
    pub fn day(self) -> String {
        self.civil().strftime("%Y%m%d").to_string()
    }

    fn civil(self) -> jiff::civil::DateTime {
        jiff::tz::TimeZone::UTC.to_datetime(self.timestamp())
    }

    pub(crate) fn timestamp(self) -> jiff::Timestamp {
        // Out of jiff's range only for instants before year -9999 or after 9999: clamped.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds; negative values become nothing.
    pub const fn from_us(us: i64) -> Self {
        Self(if us < 0 { 0 } else { us })
    }

    /// From seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_us(secs.saturating_mul(1_000_000))
    }

    /// Microseconds.
    pub const fn us(self) -> i64 {
        self.0
    }

    /// As the standard library's duration.
    pub const fn duration(self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0.unsigned_abs())
    }

    /// What is left of this span after `used`.
    pub fn left_after(self, used: Self) -> Self {
        Self::from_us(self.0 - used.0)
    }
}

impl Add<Span> for Time {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Time {
    /// Exact; with `{:#}` to the second, as people read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if f.alternate() {
            Self(self.0.div_euclid(1_000_000) * 1_000_000)
        } else {
            *self
        };
        write!(f, "{}", shown.timestamp())
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::Timestamp>()
            .map(|t| Self(t.as_microsecond()))
            .map_err(|_| TimeError::Time(text.chars().take(80).collect()))
    }
}

liftlock_oci::serde_as_text!(Time);

const UNITS: [(char, i64); 4] = [
    ('d', 86_400_000_000),
    ('h', 3_600_000_000),
    ('m', 60_000_000),
    ('s', 1_000_000),
];

impl fmt::Display for Span {
    /// Exact to the second; a rest under a second is written as `<1s` only where nothing else is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut text = String::new();
        for (unit, us) in UNITS {
            let count = rest / us;
            rest %= us;
            if count > 0 {
                text.push_str(&format!("{count}{unit}"));
            }
        }
        if text.is_empty() {
            text.push_str(if rest > 0 { "<1s" } else { "0s" });
        }
        f.pad(&text)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Span {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bad = || TimeError::Span(text.chars().take(40).collect());
        let long = || TimeError::Long(text.chars().take(40).collect());
        let mut total = 0i64;
        let mut digits = String::new();
        let mut units = UNITS.iter().peekable();
        for c in text.chars() {
            if c.is_ascii_digit() && digits.len() < 12 {
                digits.push(c);
                continue;
            }
            // Units go from large to small, each once: `1h30m`, never `30m1h`.
            let (_, us) = units.find(|(unit, _)| *unit == c).ok_or_else(bad)?;
            let count: i64 = digits.parse().map_err(|_| bad())?;
            let part = count.checked_mul(*us).ok_or_else(long)?;
            total = total.checked_add(part).ok_or_else(long)?;
            digits.clear();
        }
        if text.is_empty() || !digits.is_empty() {
            return Err(bad());
        }
        if total > SPAN_MAX.0 {
            return Err(long());
        }
        Ok(Self(total))
    }
}

impl Serialize for Span {
    /// As whole microseconds.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::from_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["1s", "90m", "24h", "7d", "1h30m", "1d2h3m4s", "0s"] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span, "{text}");
        }
        for bad in [
            "",
            "1",
            "s",
            "1x",
            "30m1h",
            "1h1h",
            "-1s",
            "1.5h",
            "9999999999999s",
        ] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
        assert!(matches!("4000d".parse::<Span>(), Err(TimeError::Long(_))));
    }

    #[test]
    fn times_are_rfc_3339() {
        let time: Time = "2026-01-31T09:00:00Z".parse().unwrap();
        assert_eq!(time.to_string(), "2026-01-31T09:00:00Z");
        assert_eq!(time.day(), "20260131");
        let exact = time + Span::from_us(1_500_000);
        assert_eq!(exact.to_string().parse::<Time>().unwrap(), exact);
        assert_eq!(format!("{exact:#}"), "2026-01-31T09:00:01Z");
        assert_eq!(
            time + Span::from_secs(60),
            "2026-01-31T09:01:00Z".parse().unwrap()
        );
        assert!("2026-01-31".parse::<Time>().is_err());
    }
}
