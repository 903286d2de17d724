//! An override is confirmed.

use clap::Args;
use liftlock_core::{Command, OverrideId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;
use crate::show::overrides;

/// Agree with another's override: its gate passes from now on, for its time
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock override confirm o3")]
pub struct Confirm {
    /// The override, as `override list` shows it
    pub id: OverrideId,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Confirm, session: &Session) -> Result<Done, Failure> {
    let Confirm { id, dry_run } = arguments;
    let command = Command::ConfirmOverride { id };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let known = recorded.state.override_by(id);
    let line = known.map(|known| overrides::line(&recorded.state, known));
    let mut text = line.unwrap_or_default();
    if dry_run {
        text.insert_str(0, "would be: ");
    } else if let Some(known) = known
        && let Some(of) = recorded.state.promotions.get(&known.content.promotion)
    {
        let (release, environment) = (&of.request.release, &of.request.environment);
        text.push_str(&format!(
            "\n`liftlock promote {release} --to {environment}` or `liftlock tick` carries it out"
        ));
    }
    let json = json!({
        "dry_run": dry_run,
        "override": known.map(|known| overrides::json(&recorded.state, known)),
    });
    Ok(Done::new(text, json))
}
