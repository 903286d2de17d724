//! What is frozen: one environment, or all; said, never left out.

use clap::Args;
use liftlock_core::EnvironmentName;
use liftlock_core::freeze::Scope;

/// One environment, or all.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ScopeArguments {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: Option<EnvironmentName>,
    /// Every environment of the pipeline
    #[arg(long)]
    all: bool,
}

impl ScopeArguments {
    /// What is meant.
    pub(crate) fn scope(self) -> Scope {
        match self.environment {
            Some(environment) => Scope::Environment(environment),
            None => Scope::All,
        }
    }
}
