//! `liftlock hold`

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Pause automatic promotions into an environment, until `resume`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock hold production --reason 'the fair is on'")]
pub(crate) struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: EnvironmentName,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        environment,
        reason,
        dry_run,
    } = arguments;
    let session = context.open(Access::changing(dry_run)).await?;
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
