//! An override is reviewed.

use clap::Args;
use liftlock_core::{Command, OverrideId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;
use crate::show::overrides;

/// Say that an override was looked at again, and what was found; it is not listed any more
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock override review o3 --finding 'was needed'")]
pub struct Review {
    /// The override, as `override list` shows it
    pub id: OverrideId,
    /// What was found
    #[arg(long, value_name = "TEXT")]
    pub finding: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Review, session: &Session) -> Result<Done, Failure> {
    let Review {
        id,
        finding,
        dry_run,
    } = arguments;
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
