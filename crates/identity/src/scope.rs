//! Which pipelines a credential is for.

use std::collections::BTreeSet;
use std::fmt;

use liftlock_core::PipelineName;
use serde::{Deserialize, Serialize};

/// The most pipelines that a credential names.
pub const PIPELINES_MAX: usize = 100;

/// The pipelines that a credential may be used for. What may be done there is for their policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Every one.
    All,
    /// These.
    Pipelines(BTreeSet<PipelineName>),
}

/// Why a list of pipelines is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// An empty list never means all.
    #[error("the list of pipelines is empty; leave it out for all of them")]
    Empty,
    /// Over [`PIPELINES_MAX`].
    #[error("{0} pipelines are named, at most {PIPELINES_MAX} can be")]
    Many(usize),
}

impl Scope {
    /// From a list, where there is one.
    ///
    /// # Errors
    /// [`ScopeError`].
    pub fn of(pipelines: Option<BTreeSet<PipelineName>>) -> Result<Self, ScopeError> {
        match pipelines {
            None => Ok(Self::All),
            Some(list) if list.is_empty() => Err(ScopeError::Empty),
            Some(list) if list.len() > PIPELINES_MAX => Err(ScopeError::Many(list.len())),
            Some(list) => Ok(Self::Pipelines(list)),
        }
    }

    /// Whether the credential may be used for `pipeline`.
    pub fn allows(&self, pipeline: &PipelineName) -> bool {
        match self {
            Self::All => true,
            Self::Pipelines(list) => list.contains(pipeline),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Pipelines(list) => {
                let names: Vec<&str> = list.iter().map(PipelineName::as_str).collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}
