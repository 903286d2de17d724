//! A freeze is ended.

use clap::Args;
use liftlock_core::Command;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::freeze::ScopeArguments;
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;
use crate::show;

/// End a freeze before its time
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[command(
    after_help = "Examples:\n  liftlock unfreeze production\n  liftlock unfreeze --all --reason \
'moved already'\n\nThe freeze of all environments and that of one are ended each by itself. \
`liftlock tick` carries out what waited."
)]
pub struct Unfreeze {
    #[command(flatten)]
    #[serde(flatten)]
    /// Where.
    pub scope: ScopeArguments,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Unfreeze, session: &Session) -> Result<Done, Failure> {
    let Unfreeze {
        scope,
        reason,
        dry_run,
    } = arguments;
    let scope = scope.scope()?;
    let command = Command::Unfreeze {
        scope: scope.clone(),
        reason,
    };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let is = if dry_run {
        format!("{scope} would be")
    } else {
        scope.is()
    };
    let mut lines = vec![format!("{is} frozen no more")];
    let state = recorded.state;
    let others = state.in_force(state.last_time);
    lines.extend(others.map(|freeze| format!("still: {}", show::freezes::line(&state, freeze))));
    let json = json!({ "unfrozen": scope, "dry_run": dry_run });
    Ok(Done::new(lines.join("\n"), json))
}
