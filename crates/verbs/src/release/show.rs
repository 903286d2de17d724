//! One release.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::choice::Choice;
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;
use crate::show;

/// Show a release: its digests, platforms, and where it stands
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock release show 1.4.2")]
pub struct Show {
    /// A release, or a reference to an image that it pins
    pub release: Choice,
}

pub(crate) async fn run(arguments: Show, session: &Session) -> Result<Done, Failure> {
    let name = arguments.release.find(session).await?;
    let release = session.state.release(&name)?;
    Ok(Done::new(
        show::release::text(&session.state, release),
        show::release::json(release),
    ))
}
