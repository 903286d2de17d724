//! What was seen while a release was watched: not events, and so they may be pruned.

/// For how long observations are kept, in days. What they come to is in the ledger.
pub const OBSERVATION_DAYS: i64 = 30;

/// The longest summary that is kept of one, in characters.
pub const OBSERVATION_CHARS_MAX: usize = 500;

/// How a check of a current release ended, once.
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
    /// One line, at most [`OBSERVATION_CHARS_MAX`].
    pub summary: String,
}
