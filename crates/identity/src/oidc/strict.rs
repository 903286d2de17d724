//! JSON objects in which nothing is said twice.
//!
//! With a member twice, one reader believes the first and another the last.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// A JSON object's members; an object that has one twice is no such.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Object(pub(crate) BTreeMap<String, Value>);

impl Object {
    /// A member's text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Whether there is such a member.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if members.contains_key(&name) {
                let name: String = name.chars().take(40).collect();
                return Err(M::Error::custom(format!("{name:?} is there twice")));
            }
            members.insert(name, value);
        }
        Ok(Object(members))
    }
}
