//! `liftlock override list`

use clap::Args;
use liftlock_core::State;
use liftlock_core::overrides::Override;
use liftlock_core::promotion::Status;
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::show::overrides;

/// The overrides that wait to be confirmed or reviewed
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  liftlock override list\n  liftlock override list --all")]
pub(crate) struct Arguments {
    /// Those that are over, too
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::Read).await?;
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
