//! `liftlock override review`

use clap::Args;
use liftlock_core::{Command, OverrideId};
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::show::overrides;

/// Say that an override was looked at again, and what was found; it is not listed any more
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock override review o3 --finding 'was needed'")]
pub(crate) struct Arguments {
    /// The override, as `override list` shows it
    id: OverrideId,
    /// What was found
    #[arg(long, value_name = "TEXT")]
    finding: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        id,
        finding,
        dry_run,
    } = arguments;
    let session = context.open(Access::changing(dry_run)).await?;
    let command = Command::ReviewOverride { id, finding };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let known = recorded.state.override_by(id);
    let verb = if dry_run { "would be" } else { "is" };
    let json = json!({
        "dry_run": dry_run,
        "override": known.map(|known| overrides::json(&recorded.state, known)),
    });
    Ok(Done::new(format!("{id} {verb} reviewed"), json))
}
