//! Promotions are blocked until a time.

mod scope;

use clap::Args;
use liftlock_core::Command;
use liftlock_core::freeze::Until;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use scope::ScopeArguments;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;
use crate::show;

/// Let no promotion begin in an environment, or in all, until a time; rollbacks are exempt
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[command(
    after_help = "Examples:\n  liftlock freeze production --until 2h --reason 'the database is \
being moved'\n  liftlock freeze --all --until 2027-01-01 --reason 'end of the year'\n\nWhat is being \
carried out already goes on, and what waits begins by itself afterwards. Freezing again replaces \
the freeze that is in force; `unfreeze` ends it."
)]
pub struct Freeze {
    #[command(flatten)]
    #[serde(flatten)]
    /// Where.
    pub scope: ScopeArguments,
    /// Until when: a time (2026-12-24T17:00:00Z), the last day (in UTC), or a span (3d)
    #[arg(long, value_name = "T")]
    pub until: Until,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Freeze, session: &Session) -> Result<Done, Failure> {
    let Freeze {
        scope,
        until,
        reason,
        dry_run,
    } = arguments;
    let scope = scope.scope()?;
    let before = session.state.freeze(&scope, crate::clock::now()).cloned();
    let command = Command::Freeze {
        scope: scope.clone(),
        until,
        reason,
    };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let state = recorded.state;
    let freeze = state.freeze(&scope, state.last_time);
    let mut lines: Vec<_> = freeze
        .map(|freeze| show::freezes::said(&state, freeze, dry_run))
        .into_iter()
        .collect();
    if let Some(before) = before.filter(|_| !recorded.events.is_empty()) {
        let until = show::time::instant(before.until);
        lines.push(format!("  instead of until {until}: {}", before.reason));
    }
    lines.extend(show::freezes::going_on(&state, &scope));
    let json = json!({ "freeze": freeze, "dry_run": dry_run });
    Ok(Done::new(lines.join("\n"), json))
}
