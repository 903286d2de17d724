//! `liftlock override confirm`

use clap::Args;
use liftlock_core::{Command, OverrideId};
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::show::overrides;

/// Agree with another's override: its gate passes from now on, for its time
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock override confirm o3")]
pub(crate) struct Arguments {
    /// The override, as `override list` shows it
    id: OverrideId,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments { id, dry_run } = arguments;
    let session = context.open(Access::changing(dry_run)).await?;
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
