//! Virtual time, in microseconds since 1970.

pub(crate) const MILLISECOND: i64 = 1000;
pub(crate) const SECOND: i64 = 1000 * MILLISECOND;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The first instant of every world: 2026-03-01T08:00:00Z.
pub(crate) const DAWN: i64 = 1_772_352_000 * SECOND;
