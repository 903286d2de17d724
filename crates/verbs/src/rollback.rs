//! An environment is rolled back.

use clap::Args;
use liftlock_core::{EnvironmentName, ReleaseName};
use serde::{Deserialize, Serialize};

use super::ending;
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Return an environment to its last known-good release; gates do not apply
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock rollback production --reason 'orders fail'")]
pub struct Rollback {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentName,
    /// One of the last five known-good releases, instead of the latest
    #[arg(long)]
    pub release: Option<ReleaseName>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Change nothing, and show the plan
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Rollback, session: &Session) -> Result<Done, Failure> {
    let Rollback {
        environment,
        release,
        reason,
        dry_run,
    } = arguments;
    let outcome = session
        .app
        .rollback(&environment, release.as_ref(), &reason, dry_run)
        .await?;
    Ok(ending::of(outcome, session).await)
}
