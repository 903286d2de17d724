//! Ids within a pipeline: a letter and a number that counts up, so that people can say them.

use std::fmt;
use std::str::FromStr;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the id of {what}; expected {letter} and a number, such as {letter}1")]
pub struct IdError {
    what: &'static str,
    letter: char,
    text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $type:ident, $letter:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub u64);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!("{}{}", $letter, self.0))
            }
        }

        impl FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($letter)
                    .filter(|n| n.len() <= 18 && n.chars().all(|c| c.is_ascii_digit()))
                    .and_then(|n| n.parse().ok())
                    .map(Self)
                    .ok_or_else(|| IdError {
                        what: $what,
                        letter: $letter,
                        text: text.chars().take(40).collect(),
                    })
            }
        }

        liftlock_oci::serde_as_text!($type);
    };
}

id!(
    /// A promotion.
    PromotionId, 'p', "a promotion"
);
id!(
    /// A piece of evidence.
    EvidenceId, 'e', "a piece of evidence"
);
id!(
    /// An approval.
    ApprovalId, 'a', "an approval"
);
id!(
    /// An override.
    OverrideId, 'o', "an override"
);
impl OverrideId {
    /// Its place among the overrides, from 0; `None` for an id that none has.
    pub(crate) fn place(self) -> Option<usize> {
        usize::try_from(self.0.checked_sub(1)?).ok()
    }
}

id!(
    /// An incident.
    IncidentId, 'i', "an incident"
);
