//! `liftlock resume`

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Let automatic promotions into an environment go on
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock resume production")]
pub(crate) struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: EnvironmentName,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        environment,
        dry_run,
    } = arguments;
    let session = context.open(Access::changing(dry_run)).await?;
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
