//! `liftlock log checkpoint`

use clap::Args;
use liftlock_ledger::Checkpoint;
use serde_json::json;

use super::ORIGIN;
use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Print the ledger's size and root; kept elsewhere, it proves later that nothing was changed
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock log checkpoint > checkpoints/$(date +%F)\n\nThe \
checkpoint is not signed in this version: keep it where whoever can write the state cannot."
)]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context) -> Result<Done, Failure> {
    let (store, _) = context.open_store(Access::Read).await?;
    let head = store.ledger_head().await?;
    let checkpoint = Checkpoint::new(ORIGIN, head.size, head.root)
        .map_err(|error| Failure::failed("checkpoint", error.to_string()))?;
    let json = json!({
        "origin": ORIGIN,
        "size": head.size,
        "root": head.root.to_string(),
        "checkpoint": checkpoint.to_string(),
        "signed": false,
    });
    Ok(Done::new(checkpoint.to_string(), json))
}
