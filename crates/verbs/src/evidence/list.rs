//! The evidence of a release.

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{about, lines, value};
use crate::choice::Choice;
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// List the evidence that counts for a release, or once did
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock evidence list 1.4.2")]
pub struct List {
    /// A release, or a reference to an image that it pins
    pub release: Choice,
}

pub(crate) async fn run(arguments: List, session: &Session) -> Result<Done, Failure> {
    let name = arguments.release.find(session).await?;
    let release = session.state.release(&name)?;
    let about = about(&session.state, release);
    let (state, now) = (&session.state, crate::clock::now());
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
