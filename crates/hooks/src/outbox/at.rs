//! Microseconds since 1970 as the text that times are in documents.

use liftlock_core::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) fn serialize<S: Serializer>(at_us: &i64, to: S) -> Result<S::Ok, S::Error> {
    Time::from_us(*at_us).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Time::deserialize(from).map(|at| at.us())
}
