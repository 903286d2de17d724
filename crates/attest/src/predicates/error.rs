//! Why a predicate cannot be had.

use super::Predicate;
use crate::why_not::shown;

/// Why a statement's predicate does not read as what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PredicateError {
    /// It is of another type.
    #[error("the statement states {found}, not {wanted}")]
    Type {
        /// The type it has.
        found: String,
        /// The type that was asked for.
        wanted: &'static str,
    },
    /// It lacks a field, or has something else in it.
    #[error("the predicate {kind} is not readable: {problem}")]
    Fields {
        /// Its type.
        kind: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl PredicateError {
    pub(crate) fn of<P: Predicate>(error: serde_json::Error) -> Self {
        Self::Fields {
            kind: P::TYPE,
            problem: shown(&error.to_string()),
        }
    }
}
