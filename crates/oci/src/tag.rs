//! Tags (OCI distribution specification, "Pulling manifests").

use std::fmt;
use std::str::FromStr;

/// A registry tag: 1 to 128 characters of `[A-Za-z0-9_][A-Za-z0-9._-]*`.
///
/// A tag never identifies an image; it is a place a digest is written to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// Why a text is not a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a valid tag; expected 1 to 128 characters of A-Z a-z 0-9 _ . - that do not start with . or -"
)]
pub struct TagError {
    text: String,
}

impl Tag {
    /// The tag's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let valid = text.len() <= 128
            && text.chars().next().is_some_and(word)
            && text.chars().all(|c| word(c) || c == '.' || c == '-');
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(TagError {
                text: text.chars().take(160).collect(),
            })
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

crate::serde_as_text!(Tag);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_follow_the_specification() {
        for good in ["latest", "1.0", "_x", "staging-456", &"a".repeat(128)] {
            assert!(good.parse::<Tag>().is_ok(), "{good}");
        }
        for bad in [
            "",
            ".x",
            "-x",
            "a b",
            "a/b",
            "a:b",
            "ä",
            &"a".repeat(129),
            "a\nb",
        ] {
            assert!(bad.parse::<Tag>().is_err(), "{bad}");
        }
    }
}
