//! `liftlock rollback`

use clap::Args;
use liftlock_core::{EnvironmentName, ReleaseName};

use super::ending;
use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Return an environment to its last known-good release; gates do not apply
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock rollback production --reason 'orders fail'")]
pub(crate) struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: EnvironmentName,
    /// One of the last five known-good releases, instead of the latest
    #[arg(long)]
    release: Option<ReleaseName>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Change nothing, and show the plan
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        environment,
        release,
        reason,
        dry_run,
    } = arguments;
    let session = context.open(Access::changing(dry_run)).await?;
    let outcome = session
        .app
        .rollback(&environment, release.as_ref(), &reason, dry_run)
        .await?;
    Ok(ending::of(outcome, &session, context).await)
}
