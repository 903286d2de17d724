//! `liftlock webhook list`

use clap::Args;
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use super::place::Place;
use crate::context::Context;

/// Show how far each webhook was told of the ledger, what is on its way, and what was given up
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock webhook list")]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context) -> Result<Done, Failure> {
    let place = Place::open(Access::Read, context).await?;
    let (size, standings) = place.standings().await?;
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
    Ok(Done::new(
        text,
        json!({ "size": size, "webhooks": standings }),
    ))
}
