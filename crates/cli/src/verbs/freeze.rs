//! `liftlock freeze`

mod scope;

use clap::Args;
use liftlock_core::Command;
use liftlock_core::freeze::Until;
use serde_json::json;

pub(crate) use scope::ScopeArguments;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::show;

/// Let no promotion begin in an environment, or in all, until a time; rollbacks are exempt
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock freeze production --until 2h --reason 'the database is \
being moved'\n  liftlock freeze --all --until 2027-01-01 --reason 'end of the year'\n\nWhat is being \
carried out already goes on, and what waits begins by itself afterwards. Freezing again replaces \
the freeze that is in force; `unfreeze` ends it."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    scope: ScopeArguments,
    /// Until when: a time (2026-12-24T17:00:00Z), the last day (in UTC), or a span (3d)
    #[arg(long, value_name = "T")]
    until: Until,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        scope,
        until,
        reason,
        dry_run,
    } = arguments;
    let scope = scope.scope();
    let session = context.open(Access::changing(dry_run)).await?;
    let before = session.state.freeze(&scope, crate::system::now()).cloned();
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
