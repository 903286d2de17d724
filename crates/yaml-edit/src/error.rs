//! Why a YAML text cannot be read or changed.

use crate::{DEPTH_MAX, DOCUMENTS_MAX, TEXT_BYTES_MAX};

/// Why a YAML text cannot be read or changed. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// The text is too long.
    #[error("it is larger than {TEXT_BYTES_MAX} bytes")]
    TooLarge,
    /// It has too many documents.
    #[error("it has more than {DOCUMENTS_MAX} documents")]
    TooManyDocuments,
    /// It is nested too deeply.
    #[error("line {line}: it is nested deeper than {DEPTH_MAX} levels")]
    TooDeep {
        /// Where.
        line: usize,
    },
    /// It is no YAML.
    #[error("line {line}: {message}")]
    Form {
        /// Where.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A path leads to nothing.
    #[error("there is nothing at {path}")]
    Nothing {
        /// The path.
        path: String,
    },
    /// A path leads to more than one value.
    #[error("{path} leads to {count} values; let it say which, as in containers[name=web]")]
    Several {
        /// The path.
        path: String,
        /// To how many.
        count: usize,
    },
    /// A key is there twice.
    #[error("line {line}: the key {key:?} is written twice")]
    Twice {
        /// Where the second is.
        line: usize,
        /// The key.
        key: String,
    },
    /// A value is used in other places too, or is itself another's.
    #[error(
        "line {line}: the value belongs to an anchor or alias, so a change would show elsewhere too"
    )]
    Shared {
        /// Where.
        line: usize,
    },
    /// Something else than a value that stands for itself.
    #[error("line {line}: expected {expected}")]
    Kind {
        /// Where.
        line: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// A mapping without an entry beside which a key can be added.
    #[error("line {line}: the mapping has no single value to add {key:?} after; add it by hand")]
    NoRoom {
        /// Where.
        line: usize,
        /// The key to add.
        key: String,
    },
    /// A value with characters that are not written here.
    #[error("the value {0:?} cannot be written into YAML as it is")]
    Value(String),
    /// What came out is not what was wanted; nothing of it is used.
    #[error("line {line}: the change would not come out as meant; write the value in one line")]
    NotAsMeant {
        /// Where the first changed value was.
        line: usize,
    },
}
