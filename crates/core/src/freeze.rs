//! Freezes: promotions are stopped by decision, in one environment or in all, until an instant.
//! Rollbacks are exempt, and so is what is being carried out already.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::{Actor, EnvironmentName, Span, Time, TimeError};

/// The longest freeze: 366 days. What shall last longer is a rule, and belongs in the policy.
pub const FREEZE_MAX: Span = Span::from_secs(366 * 86_400);

/// What is frozen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Every environment of the pipeline, also those that it gets later.
    All,
    /// One environment.
    Environment(EnvironmentName),
}

/// A freeze in the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// What is frozen.
    pub scope: Scope,
    /// Since when.
    pub at: Time,
    /// By whom.
    pub by: Actor,
    /// The first instant at which it no longer holds.
    pub until: Time,
    /// Why.
    pub reason: String,
    /// How it ended before that.
    pub ended: Option<FreezeEnd>,
}

/// How a freeze ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum FreezeEnd {
    /// Another one of the same scope took its place.
    Replaced {
        /// When.
        at: Time,
    },
    /// Someone ended it.
    Lifted {
        /// When.
        at: Time,
        /// Who.
        by: Actor,
        /// Why, if that was said.
        reason: Option<String>,
    },
}

/// An end as it is asked for: `2026-12-24T17:00:00Z`, `2026-12-24` (the last day, in UTC, as with an
/// accepted finding), or `3d` from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// An instant.
    At(Time),
    /// A span of time from the decision on.
    For(Span),
}

/// A text is no end of a freeze.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an end; expected a time such as 2026-12-24T17:00:00Z, a last day such as 2026-12-24, or a span such as 2h or 3d"
)]
pub struct UntilError(String);

impl Freeze {
    /// Whether it holds at an instant.
    pub fn is_in_force(&self, now: Time) -> bool {
        self.ended.is_none() && now < self.until
    }
}

impl Scope {
    /// What `freeze` and `unfreeze` call it on the command line.
    pub fn argument(&self) -> &str {
        match self {
            Self::All => "--all",
            Self::Environment(name) => name.as_str(),
        }
    }

    /// `production is`, `all environments are`.
    pub fn is(&self) -> String {
        match self {
            Self::All => format!("{self} are"),
            Self::Environment(_) => format!("{self} is"),
        }
    }
}

impl Until {
    /// The instant that is meant by who says this at `now`.
    pub fn instant(self, now: Time) -> Time {
        match self {
            Self::At(time) => time,
            Self::For(span) => now + span,
        }
    }
}

liftlock_oci::serde_as_text!(Until);

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => time.fmt(f),
            Self::For(span) => span.fmt(f),
        }
    }
}

impl FromStr for Until {
    type Err = UntilError;

    fn from_str(text: &str) -> Result<Self, UntilError> {
        let time = text.parse::<Time>().ok().map(Self::At);
        let day = || {
            let date: Option<Date> = text.parse().ok();
            date.map(|date| Self::At(date.ends_utc()))
        };
        let span = || {
            let span: Result<Span, TimeError> = text.parse();
            // Longer than a span may be: that is said when it is decided.
            let long = matches!(span, Err(TimeError::Long(_))).then_some(crate::SPAN_MAX);
            span.ok().or(long).map(Self::For)
        };
        let until = time.or_else(day).or_else(span);
        until.ok_or_else(|| UntilError(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all environments"),
            Self::Environment(name) => fmt::Display::fmt(name, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_an_instant_a_day_or_a_span() {
        let now: Time = "2026-12-01T10:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-12-24T17:00:00Z", "2026-12-24T17:00:00Z"),
            ("2026-12-24T17:00:00+01:00", "2026-12-24T16:00:00Z"),
            ("2026-12-24", "2026-12-25T00:00:00Z"),
            ("2h", "2026-12-01T12:00:00Z"),
            ("1d12h", "2026-12-02T22:00:00Z"),
        ] {
            let until: Until = text.parse().unwrap();
            assert_eq!(until.instant(now).to_string(), expected, "{text}");
        }
        for bad in [
            "",
            "tomorrow",
            "2026-12",
            "2026-02-30",
            "17:00",
            "2h ago",
            "-2h",
            "2",
        ] {
            assert!(bad.parse::<Until>().is_err(), "{bad}");
        }
        let long: Until = "9999d".parse().unwrap();
        assert!(long.instant(now) > now + FREEZE_MAX);
    }
}
