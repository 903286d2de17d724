//! `liftlock release show`

use clap::Args;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::show;
use crate::verbs::choice::Choice;

/// Show a release: its digests, platforms, and where it stands
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock release show 1.4.2")]
pub(crate) struct Arguments {
    /// A release, or a reference to an image that it pins
    release: Choice,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::Read).await?;
    let name = arguments.release.find(&session, context).await?;
    let release = session.state.release(&name)?;
    Ok(Done::new(
        show::release::text(&session.state, release),
        show::release::json(release),
    ))
}
