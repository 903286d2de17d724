//! JSON objects with names of their own as keys, with a limit on what is kept.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::ReportError;

/// An object of which at most `MAX` entries are kept; that there were more is remembered, so that
/// it is still refused. A key that is there twice is an error: which one counts is not guessed.
pub(crate) struct LimitedMap<T, const MAX: usize> {
    entries: BTreeMap<String, T>,
    over: bool,
}

impl<T, const MAX: usize> LimitedMap<T, MAX> {
    /// The entries, or the error that there were more than `MAX` of `what`.
    pub(crate) fn within(self, what: &'static str) -> Result<BTreeMap<String, T>, ReportError> {
        if self.over {
            return Err(ReportError::Limit { what, max: MAX });
        }
        Ok(self.entries)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for LimitedMap<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

struct MapVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for MapVisitor<T, MAX> {
    type Value = LimitedMap<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while entries.len() < MAX {
            let Some((key, value)) = map.next_entry::<String, T>()? else {
                return Ok(LimitedMap {
                    entries,
                    over: false,
                });
            };
            if entries.insert(key, value).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        let mut over = false;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            over = true;
        }
        Ok(LimitedMap { entries, over })
    }
}
