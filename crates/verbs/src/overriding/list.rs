//! The overrides.

use clap::Args;
use liftlock_core::State;
use liftlock_core::overrides::Override;
use liftlock_core::promotion::Status;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;
use crate::show::overrides;

/// The overrides that wait to be confirmed or reviewed
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Examples:\n  liftlock override list\n  liftlock override list --all")]
pub struct List {
    /// Those that are over, too
    #[arg(long)]
    #[serde(default)]
    pub all: bool,
}

pub(crate) async fn run(arguments: List, session: &Session) -> Result<Done, Failure> {
    let state = &session.state;
    let all = state.overrides.iter();
    let shown = all.filter(|known| arguments.all || is_open(state, known));
    let shown: Vec<_> = shown.collect();
    let lines = shown.iter().map(|known| overrides::line(state, known));
    let mut lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        lines.push("none".to_owned());
    }
    let json = shown.iter().map(|known| overrides::json(state, known));
    let json = json!({ "overrides": json.collect::<Vec<_>>() });
    Ok(Done::new(lines.join("\n"), json))
}

/// Whether someone has still to confirm or to review it.
fn is_open(state: &State, known: &Override) -> bool {
    if known.confirmed.is_some() {
        return known.reviewed.is_none();
    }
    let promotion = state.promotions.get(&known.content.promotion);
    promotion.is_some_and(|promotion| promotion.status == Status::Waiting)
}
