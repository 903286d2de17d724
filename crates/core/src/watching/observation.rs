//! An observation, and how long one stands for.

use crate::Span;
use crate::policy::Check;

/// How many intervals may lie between two observations.
const INTERVALS: i64 = 3;

/// How a check of a current release ended, once. As it is kept, not as it should be: what is read
/// from a store is compared with the ledger, never believed over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Where: the environment's name.
    pub environment: String,
    /// By which promotion the release is current: its id.
    pub promotion: String,
    /// The check's name.
    pub check: String,
    /// When it had ended, by the clock of who ran it, in microseconds since 1970.
    pub at_us: i64,
    /// Whether it passed.
    pub passed: bool,
    /// One line.
    pub summary: String,
}

/// The longest time between two observations that counts for soak: three times the shortest
/// interval of these checks, whichever of them was run. `None` where none has an interval: nobody
/// is expected to look, so there are no gaps, and time counts as it passes.
pub fn gap_max(checks: &[Check]) -> Option<Span> {
    let every = checks.iter().filter_map(|check| check.every).min()?;
    Some(Span::from_us(every.us().saturating_mul(INTERVALS)))
}
