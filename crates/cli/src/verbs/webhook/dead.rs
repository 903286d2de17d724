//! `liftlock webhook dead`

use clap::Args;
use liftlock_core::Time;
use liftlock_hooks::outbox::PAGE_MAX;
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use super::place::Place;
use crate::context::Context;

/// List the messages to a webhook that were given up, the oldest first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock webhook dead chat")]
pub(crate) struct Arguments {
    /// The webhook
    #[arg(value_name = "NAME")]
    endpoint: String,
    /// Begin after this one
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let endpoint = &arguments.endpoint;
    let place = Place::open(Access::Read, context).await?;
    let found = place.dead_letters(endpoint, arguments.after).await?;
    let mut lines: Vec<_> = found
        .iter()
        .map(|letter| {
            let at = Time::from_us(letter.at_us);
            let again = if letter.again { ", is sent again" } else { "" };
            format!(
                "{}  {} event {}  given up {at:#} after {} tries{again}: {}",
                letter.seq, letter.pipeline, letter.n, letter.tries, letter.reason
            )
        })
        .collect();
    match found.last() {
        None => lines.push(format!("{endpoint} has no dead letter")),
        Some(last) if found.len() == PAGE_MAX as usize => {
            let seq = last.seq;
            lines.push(format!(
                "more: liftlock webhook dead {endpoint} --after {seq}"
            ));
        }
        Some(_) => {}
    }
    let json = json!({ "webhook": endpoint, "dead": found });
    Ok(Done::new(lines.join("\n"), json))
}
