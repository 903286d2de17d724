//! Why something found beside an image counts for nothing.

use std::fmt::Display;

use liftlock_oci::Digest;

use crate::PublicKey;

/// Longest piece of something untrusted in a message, in characters.
const SHOWN_MAX: usize = 200;

/// Why an attestation or signature was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WhyNot {
    /// No key was given to check with.
    #[error("no key was given to check it with")]
    NoKey,
    /// There is nothing signed in it.
    #[error("it is not signed")]
    Unsigned,
    /// It names a key that was given, and that key did not sign this.
    #[error("it was altered: it names the key {hint}, which did not sign what it says")]
    Altered {
        /// The key's hint, in base64.
        hint: String,
    },
    /// It names another key than those given.
    #[error("it is signed with another key ({hint}) than those that are trusted")]
    WrongKey {
        /// What it names: a hint, and no proof.
        hint: String,
    },
    /// It names no key, and none of those given signed it.
    #[error("none of the trusted keys signed it, or it was altered")]
    NotSigned,
    /// It is about another image.
    #[error("it is about {found}, not about {wanted}")]
    OtherSubject {
        /// Its subjects; the first few.
        found: String,
        /// The image that was asked about.
        wanted: Digest,
    },
    /// It states something else.
    #[error("it states {found}, not {wanted}")]
    OtherPredicateType {
        /// Its predicate type.
        found: String,
        /// The one that was asked for.
        wanted: String,
    },
    /// The signed payload is of another type.
    #[error("what is signed is {found}, not an in-toto statement")]
    OtherPayload {
        /// The payload's type.
        found: String,
    },
    /// The statement is of another version.
    #[error("the statement is of type {found}, which is not supported")]
    OtherStatement {
        /// Its `_type`.
        found: String,
    },
    /// It is kept in a form that is not read.
    #[error("{found} is no form of attestation that is supported")]
    OtherForm {
        /// Its media type, or what it is.
        found: String,
    },
    /// It does not read as what it says it is.
    #[error("{what} is not readable: {problem}")]
    Unreadable {
        /// Which part.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// It is larger than what is read.
    #[error("{what} has {bytes} bytes, more than the {max} that are read")]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// How many it has.
        bytes: u64,
        /// How many are read.
        max: u64,
    },
}

impl WhyNot {
    pub(crate) fn over_limit(what: &'static str, bytes: usize, max: usize) -> Result<(), Self> {
        let (bytes, max) = (bytes as u64, max as u64);
        match bytes > max {
            true => Err(Self::TooLarge { what, bytes, max }),
            false => Ok(()),
        }
    }

    pub(crate) fn unreadable(what: &'static str, problem: impl Display) -> Self {
        let problem = shown(&problem.to_string());
        Self::Unreadable { what, problem }
    }

    pub(crate) fn other_form(found: &str) -> Self {
        let found = shown(found);
        Self::OtherForm { found }
    }

    pub(crate) fn other_payload(found: &str) -> Self {
        let found = shown(found);
        Self::OtherPayload { found }
    }

    /// Why no given key signed it, by the hint that came with it.
    pub(crate) fn of_key(keys: &[&PublicKey], named: Option<&str>) -> Self {
        match named.map(shown) {
            None => Self::NotSigned,
            Some(hint) if keys.iter().any(|key| key.hint() == hint) => Self::Altered { hint },
            Some(hint) => Self::WrongKey { hint },
        }
    }
}

/// A bounded part of something untrusted, without what a terminal would act on.
pub(crate) fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { '?' } else { c });
    plain.take(SHOWN_MAX).collect()
}
