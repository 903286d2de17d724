//! `liftlock webhook drop`

use clap::Args;
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use super::place::{Doing, Place};
use super::{letters, none};
use crate::context::Context;

/// Drop dead letters of a webhook
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock webhook drop chat 42\n  liftlock webhook drop chat --all"
)]
pub(crate) struct Arguments {
    /// The webhook
    #[arg(value_name = "NAME")]
    endpoint: String,
    /// The letter: its entry's place in the ledger
    #[arg(value_name = "SEQ", required_unless_present = "all")]
    seq: Option<u64>,
    /// Drop all of them
    #[arg(long, conflicts_with = "seq")]
    all: bool,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        endpoint,
        seq,
        dry_run,
        ..
    } = arguments;
    let place = Place::open(Access::changing(*dry_run), context).await?;
    let count = match dry_run {
        false => place.settle(Doing::Drop, endpoint, *seq).await?,
        true => place.count(endpoint, *seq).await?,
    };
    if count == 0 {
        return Err(none(endpoint, *seq));
    }
    let text = match dry_run {
        false => format!("{} of {endpoint} dropped", letters(count)),
        true => format!("{} of {endpoint} would be dropped", letters(count)),
    };
    let json = json!({ "webhook": endpoint, "count": count, "dry_run": dry_run });
    Ok(Done::new(text, json))
}
