//! Automatic promotion is paused.

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Pause automatic promotions into an environment, until `resume`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock hold production --reason 'the fair is on'")]
pub struct Hold {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentName,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Hold, session: &Session) -> Result<Done, Failure> {
    let Hold {
        environment,
        reason,
        dry_run,
    } = arguments;
    let command = Command::Hold {
        environment: environment.clone(),
        reason,
    };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let text = match (recorded.events.is_empty(), dry_run) {
        (true, _) => format!("{environment} is held already"),
        (false, true) => format!("{environment} would be held"),
        (false, false) => format!(
            "{environment} is held: nothing is promoted to it automatically until `liftlock resume {environment}`"
        ),
    };
    let json = json!({
        "environment": environment,
        "changed": !recorded.events.is_empty(),
        "dry_run": dry_run,
    });
    Ok(Done::new(text, json))
}
