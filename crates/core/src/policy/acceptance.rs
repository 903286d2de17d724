//! Findings that a policy accepts (pipeline file, `accept`).

use serde::{Deserialize, Serialize};

use crate::Time;
use crate::calendar::Date;

/// Most findings that one gate accepts.
pub const ACCEPT_MAX: usize = 64;
/// Most characters of the name of a finding.
pub const FINDING_ID_CHARS_MAX: usize = 128;

/// A finding that is accepted for a time, in however many packages it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The finding's name, as the scanner writes it.
    pub id: String,
    /// The last day, in UTC, on which it is accepted.
    pub until: Date,
    /// Why.
    pub reason: String,
}

impl Acceptance {
    /// The instant at which it ends: the end of its last day.
    pub fn ends(&self) -> Time {
        self.until.ends_utc()
    }
}
