//! Evidence is revoked.

use clap::Args;
use liftlock_core::{Command, EvidenceId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Make evidence count no more; what rests on it is no longer eligible
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Example:\n  liftlock evidence revoke e3 --reason 'the run used another image'"
)]
pub struct Revoke {
    /// The evidence, as `evidence list` shows it
    pub id: EvidenceId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Revoke, session: &Session) -> Result<Done, Failure> {
    let Revoke {
        id,
        reason,
        dry_run,
    } = arguments;
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
