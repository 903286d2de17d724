//! What is frozen: one environment, or all; said, never left out.

use clap::Args;
use liftlock_core::EnvironmentName;
use liftlock_core::freeze::Scope;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// One environment, or all.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[group(required = true, multiple = false)]
pub struct ScopeArguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: Option<EnvironmentName>,
    /// Every environment of the pipeline
    #[arg(long)]
    #[serde(default)]
    pub all: bool,
}

impl ScopeArguments {
    /// What is meant.
    ///
    /// # Errors
    /// Where neither or both are said: nothing never means all.
    pub fn scope(self) -> Result<Scope, Failure> {
        match (self.environment, self.all) {
            (Some(environment), false) => Ok(Scope::Environment(environment)),
            (None, true) => Ok(Scope::All),
            _ => Err(Failure::usage("say an environment, or all of them")),
        }
    }
}
