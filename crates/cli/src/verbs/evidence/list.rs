//! `liftlock evidence list`

use clap::Args;
use serde_json::json;

use super::{about, lines, value};
use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::verbs::choice::Choice;

/// List the evidence that counts for a release, or once did
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock evidence list 1.4.2")]
pub(crate) struct Arguments {
    /// A release, or a reference to an image that it pins
    release: Choice,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::Read).await?;
    let name = arguments.release.find(&session, context).await?;
    let release = session.state.release(&name)?;
    let about = about(&session.state, release);
    let (state, now) = (&session.state, crate::system::now());
    let values = about.iter().map(|evidence| value(state, evidence, now));
    let json = json!({ "evidence": values.collect::<Vec<_>>() });
    if about.is_empty() {
        return Ok(Done::new(format!("no evidence for {name} yet"), json));
    }
    Ok(Done::new(
        about
            .iter()
            .flat_map(|evidence| lines(state, evidence, now))
            .collect::<Vec<_>>()
            .join("\n"),
        json,
    ))
}
