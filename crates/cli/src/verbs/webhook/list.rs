//! `liftlock webhook list`

use clap::Args;
use liftlock_hooks::outbox::Outbox as _;
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use super::failure;
use crate::context::Context;

/// Show how far each webhook was told of the ledger, what is on its way, and what was given up
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock webhook list")]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context) -> Result<Done, Failure> {
    let (store, _) = context.open_store(Access::Read).await?;
    let size = store.size().await.map_err(failure)?;
    let standings = store.standings().await.map_err(failure)?;
    let lines = standings.iter().map(|standing| {
        format!(
            "{}  routed {} of {size}  {} to send  {}",
            standing.endpoint,
            standing.place,
            match standing.lanes {
                1 => "1 pipeline has something".to_owned(),
                lanes => format!("{lanes} pipelines have something"),
            },
            super::letters(standing.dead),
        )
    });
    let text = match standings.is_empty() {
        true => "no webhook was ever told anything".to_owned(),
        false => lines.collect::<Vec<_>>().join("\n"),
    };
    let endpoints: Vec<_> = standings
        .iter()
        .map(|standing| {
            json!({
                "name": standing.endpoint,
                "routed": standing.place,
                "pipelines_waiting": standing.lanes,
                "dead": standing.dead,
            })
        })
        .collect();
    Ok(Done::new(
        text,
        json!({ "size": size, "webhooks": endpoints }),
    ))
}
