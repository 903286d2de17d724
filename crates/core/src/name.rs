//! Names that users give (semantics, "Names").

use std::fmt;
use std::str::FromStr;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid {what}; expected {grammar}")]
pub struct NameError {
    what: &'static str,
    grammar: &'static str,
    text: String,
}

const WORD: &str = "1 to 64 characters of A-Z a-z 0-9 . _ - that start with a letter or digit";
const KEY: &str = "1 to 64 characters of a-z 0-9 - that start with a letter";

fn is_word(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn is_key(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $grammar:expr, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The name's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                if $valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    let text = text.chars().take(80).collect();
                    Err(NameError { what: $what, grammar: $grammar, text })
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        liftlock_oci::serde_as_text!($type);
    };
}

name!(
    /// A pipeline's name; also the name of its stream of events.
    PipelineName, "pipeline name", WORD, is_word
);
name!(
    /// An environment's name.
    EnvironmentName, "environment name", WORD, is_word
);
name!(
    /// A release's name.
    ReleaseName, "release name", WORD, is_word
);
name!(
    /// A gate's name; evidence is submitted under it, across the pipeline.
    GateName, "gate name", WORD, is_word
);
name!(
    /// A check's name.
    CheckName, "check name", WORD, is_word
);
name!(
    /// A group's name.
    GroupName, "group name", WORD, is_word
);
name!(
    /// A person's name, or the name in a `user:` or `token:` identity.
    PersonName, "person's name", WORD, is_word
);
name!(
    /// The name of a public key in a pipeline, and of the private key that belongs to it.
    KeyName, "key's name", WORD, is_word
);
name!(
    /// What a worker has, and an environment asks for, so that it is carried out there alone.
    Label, "label", WORD, is_word
);
name!(
    /// The key of an image in a pipeline.
    ImageKey, "image key", KEY, is_key
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_their_grammar() {
        for good in ["a", "1.0", "build-456", "A_b.c-d", &"a".repeat(64)] {
            assert!(good.parse::<ReleaseName>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            ".a",
            "a b",
            "a/b",
            "a\u{202e}b",
            "\u{1b}[31m",
            &"a".repeat(65),
        ] {
            assert!(bad.parse::<ReleaseName>().is_err(), "{bad}");
        }
        assert!("api-2".parse::<ImageKey>().is_ok());
        for bad in ["Api", "2api", "a_b", "a.b"] {
            assert!(bad.parse::<ImageKey>().is_err(), "{bad}");
        }
    }
}
