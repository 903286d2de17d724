//! `signature:` gates: something signed must be beside each image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::KeyName;

/// The most conditions of one gate.
pub const CONDITIONS_MAX: usize = 32;

/// The most characters of a value in a predicate that is compared; a longer one meets no condition.
pub const VALUE_CHARS_MAX: usize = 512;

/// `signature:`. Passed where each image has an attestation of this type beside it, signed with one
/// of these keys, whose predicate meets every condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureRule {
    /// What has to be signed.
    pub predicate: PredicateType,
    /// The keys whose signatures count; never none.
    pub keys: Vec<KeyName>,
    /// What its predicate must say; none asks for nothing but the signature.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// A condition on one field of a predicate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The field.
    pub field: FieldPath,
    /// What it may be: one of these; never none. One that ends with `*` allows everything that
    /// starts with what is before it.
    pub allowed: Vec<String>,
}

/// The type of an in-toto statement's predicate (in-toto attestation framework v1, "Predicate"):
/// a URI. [`PredicateType::image`] stands for an image's own signature.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PredicateType(String);

/// A JSON Pointer (RFC 6901) into a predicate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(String);

/// Why a text is no predicate type or no pointer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// Not a URI that can be compared.
    #[error(
        "{0:?} is no predicate type; expected `image`, or a URI such as https://slsa.dev/provenance/v1 of at most {URI_CHARS_MAX} characters"
    )]
    Predicate(String),
    /// Not a pointer.
    #[error(
        "{0:?} is no JSON pointer; expected one such as /runDetails/builder/id of at most {PATH_CHARS_MAX} characters"
    )]
    Field(String),
}

const URI_CHARS_MAX: usize = 256;
const PATH_CHARS_MAX: usize = 256;

/// What `cosign sign` says of an image, in a bundle; its older form without a statement is taken
/// for the same.
const IMAGE_SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";

impl PredicateType {
    /// An image's own signature, as `cosign sign` makes it.
    pub fn image() -> Self {
        Self(IMAGE_SIGNATURE.to_owned())
    }

    /// The URI.
    pub fn as_uri(&self) -> &str {
        &self.0
    }
}

impl FromStr for PredicateType {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        if text == "image" {
            return Ok(Self::image());
        }
        let has_scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
            let word = scheme.bytes().all(|b| b.is_ascii_alphanumeric());
            !scheme.is_empty() && word && !rest.is_empty()
        });
        if has_scheme && text.len() <= URI_CHARS_MAX && text.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(ConditionError::Predicate(cut(text)))
    }
}

impl fmt::Display for PredicateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_str() {
            IMAGE_SIGNATURE => f.write_str("image"),
            uri => f.write_str(uri),
        }
    }
}

impl FieldPath {
    /// The pointer.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a predicate says there: text as it is, numbers and truth values as JSON writes them.
    /// Nothing where there is none of these, or one that is too long to be compared.
    pub fn read(&self, predicate: &Value) -> Option<String> {
        let text = match predicate.pointer(&self.0)? {
            Value::String(text) => text.clone(),
            value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        (text.chars().count() <= VALUE_CHARS_MAX).then_some(text)
    }
}

impl FromStr for FieldPath {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let escapes = text.split('~').skip(1);
        let escaped = escapes.into_iter().all(|rest| rest.starts_with(['0', '1']));
        let plain = text.chars().all(|c| !c.is_control());
        if text.starts_with('/') && text.len() <= PATH_CHARS_MAX && escaped && plain {
            return Ok(Self(text.to_owned()));
        }
        Err(ConditionError::Field(cut(text)))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Condition {
    /// Whether a value is allowed.
    pub fn allows(&self, value: &str) -> bool {
        self.allowed
            .iter()
            .any(|allowed| match allowed.strip_suffix('*') {
                Some(start) => value.starts_with(start),
                None => value == allowed,
            })
    }
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

macro_rules! as_text {
    ($type:ident) => {
        liftlock_oci::serde_as_text!($type);
    };
}

as_text!(PredicateType);
as_text!(FieldPath);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_reads_single_values_only() {
        let predicate = json!({ "a": { "b/c": "x", "n": 3, "t": true, "l": ["y"], "z": null }, "long": "é".repeat(513) });
        let read = |path: &str| {
            path.parse::<FieldPath>()
                .expect("a pointer")
                .read(&predicate)
        };
        assert_eq!(read("/a/b~1c").as_deref(), Some("x"));
        assert_eq!(read("/a/n").as_deref(), Some("3"));
        assert_eq!(read("/a/t").as_deref(), Some("true"));
        assert_eq!(read("/a/l/0").as_deref(), Some("y"));
        for none in ["/a", "/a/l", "/a/z", "/b", "/long", "/a/l/1"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_pointer_and_no_type_is_refused() {
        for bad in [
            "",
            "a",
            "/a~2",
            "/a~",
            "/\u{1b}",
            &format!("/{}", "a".repeat(256)),
        ] {
            assert!(bad.parse::<FieldPath>().is_err(), "{bad:?}");
        }
        for bad in [
            "",
            "provenance",
            "https:",
            ":x",
            "https://a b",
            &format!("a:{}", "b".repeat(256)),
        ] {
            assert!(bad.parse::<PredicateType>().is_err(), "{bad:?}");
        }
        assert_eq!("image".parse(), Ok(PredicateType::image()));
        assert_eq!(PredicateType::image().to_string(), "image");
    }

    #[test]
    fn an_asterisk_counts_at_the_end_only() {
        let condition = |allowed: &[&str]| Condition {
            field: "/a".parse().expect("a pointer"),
            allowed: allowed.iter().map(ToString::to_string).collect(),
        };
        assert!(condition(&["https://x/*"]).allows("https://x/y"));
        assert!(!condition(&["https://x/*"]).allows("https://xy"));
        assert!(!condition(&["*x"]).allows("yx"));
        assert!(condition(&["a", "b"]).allows("b"));
        assert!(!condition(&["a"]).allows("ab"));
        assert!(!condition(&[]).allows("a"));
    }
}
