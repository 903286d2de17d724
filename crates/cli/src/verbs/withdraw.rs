//! `liftlock withdraw`

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde_json::json;

use super::choice::Choice;
use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Take your own approval of a waiting promotion back
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock withdraw 1.4.2 --to production --reason 'approved too early'"
)]
pub(crate) struct Arguments {
    /// A release, or a reference to an image that it pins
    release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    to: EnvironmentName,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        release,
        to: environment,
        reason,
        dry_run,
    } = arguments;
    let session = context
        .open(if dry_run {
            Access::DryRun
        } else {
            Access::Write
        })
        .await?;
    let release = release.find(&session, context).await?;
    let command = Command::Withdraw {
        release: release.clone(),
        environment: environment.clone(),
        reason,
    };
    session.app.submit_command(&command, dry_run).await?;
    let verb = if dry_run {
        "would be withdrawn"
    } else {
        "withdrawn"
    };
    let text = format!("your approval of {release} to {environment}: {verb}");
    let json = json!({ "release": release, "environment": environment, "dry_run": dry_run });
    Ok(Done::new(text, json))
}
