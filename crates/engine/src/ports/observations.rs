//! What was seen while a release was watched: not events, and so they may be pruned.

/// For how long observations are kept, in days. What they come to is in the ledger.
pub const OBSERVATION_DAYS: i64 = 30;

/// The longest summary that is kept of one, in characters.
pub const OBSERVATION_CHARS_MAX: usize = 500;

/// The most observations that are read at a time.
pub const OBSERVATIONS_MAX: usize = 4096;

pub use liftlock_core::watching::Observation;
