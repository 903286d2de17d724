//! Digests as in-toto writes them.

use std::collections::BTreeMap;
use std::fmt;

use liftlock_oci::Digest;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Most algorithms in a set.
pub const DIGESTS_MAX: usize = 16;

/// A set of digests by algorithm (in-toto attestation framework, "DigestSet"), written as SHA-256
/// alone: `{"sha256":"<hex>"}`.
///
/// One that is read may have others, such as `gitCommit`, and may lack SHA-256; then it names no
/// image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DigestSet(BTreeMap<String, String>);

impl DigestSet {
    /// The set of this digest alone.
    pub fn of(digest: Digest) -> Self {
        Self(BTreeMap::from([("sha256".to_owned(), digest.hex())]))
    }

    /// The SHA-256 digest, where there is a well-formed one.
    pub fn sha256(&self) -> Option<Digest> {
        format!("sha256:{}", self.0.get("sha256")?).parse().ok()
    }

    /// The value of an algorithm, as it is written.
    pub fn get(&self, algorithm: &str) -> Option<&str> {
        self.0.get(algorithm).map(String::as_str)
    }
}

impl Serialize for DigestSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (algorithm, value) in &self.0 {
            map.serialize_entry(algorithm, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for DigestSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = DigestSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("digests by algorithm")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DigestSet, A::Error> {
        let mut found = BTreeMap::new();
        while let Some((algorithm, value)) = map.next_entry::<String, String>()? {
            if found.len() == DIGESTS_MAX {
                return Err(A::Error::custom("more than 16 digests of one thing"));
            }
            // Two readers could take different ones.
            if found.insert(algorithm, value).is_some() {
                return Err(A::Error::custom("two digests of one algorithm"));
            }
        }
        Ok(DigestSet(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_algorithm_twice_is_refused() {
        let hex = Digest::of(b"").hex();
        let read = |text: &str| serde_json::from_str::<DigestSet>(text);
        let set = read(&format!(r#"{{"gitCommit":"abc","sha256":"{hex}"}}"#)).unwrap();
        assert_eq!(set.sha256(), Some(Digest::of(b"")));
        assert_eq!(set.get("gitCommit"), Some("abc"));
        assert!(read(r#"{"sha256":"a","sha256":"b"}"#).is_err());
        assert_eq!(read(r#"{"sha256":"A0"}"#).unwrap().sha256(), None);
    }
}
