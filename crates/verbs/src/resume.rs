//! Automatic promotion goes on.

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Let automatic promotions into an environment go on
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock resume production")]
pub struct Resume {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentName,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Resume, session: &Session) -> Result<Done, Failure> {
    let Resume {
        environment,
        dry_run,
    } = arguments;
    let command = Command::Resume {
        environment: environment.clone(),
    };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let text = match (recorded.events.is_empty(), dry_run) {
        (true, _) => format!("{environment} is not held"),
        (false, true) => format!("{environment} would not be held any more"),
        (false, false) => format!("{environment} is not held any more"),
    };
    let json = json!({
        "environment": environment,
        "changed": !recorded.events.is_empty(),
        "dry_run": dry_run,
    });
    Ok(Done::new(text, json))
}
