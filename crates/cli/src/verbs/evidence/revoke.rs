//! `liftlock evidence revoke`

use clap::Args;
use liftlock_core::{Command, EvidenceId};
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Make evidence count no more; what rests on it is no longer eligible
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock evidence revoke e3 --reason 'the run used another image'"
)]
pub(crate) struct Arguments {
    /// The evidence, as `evidence list` shows it
    id: EvidenceId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        id,
        reason,
        dry_run,
    } = arguments;
    let session = context.open(Access::changing(dry_run)).await?;
    session
        .app
        .submit_command(&Command::RevokeEvidence { id, reason }, dry_run)
        .await?;
    let verb = if dry_run {
        "would be revoked"
    } else {
        "is revoked"
    };
    Ok(Done::new(
        format!("{id} {verb}"),
        json!({ "revoked": id, "dry_run": dry_run }),
    ))
}
