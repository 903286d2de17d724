//! Spans of time in a configuration.

use std::time::Duration;

use liftlock_core::Span;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

/// A span of time, written as in pipeline files: `90s`, `24h`, `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lasting(pub Span);

impl Lasting {
    pub(super) const fn secs(secs: i64) -> Self {
        Self(Span::from_secs(secs))
    }

    /// As the standard library's duration.
    pub fn duration(self) -> Duration {
        self.0.duration()
    }
}

impl<'de> Deserialize<'de> for Lasting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}
