//! `liftlock status`

use clap::Args;
use liftlock_core::EnvironmentName;

use crate::context::{Access, Context, policy};
use crate::done::Done;
use crate::failure::Failure;
use crate::show;

/// The board: what is in each environment, since when, and what is awaited
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  liftlock status\n  liftlock status production --json")]
pub(crate) struct Arguments {
    /// Only this environment
    #[arg(value_name = "ENV")]
    environment: Option<EnvironmentName>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::Read).await?;
    let policy = policy(&session.state)?;
    if let Some(environment) = &arguments.environment {
        policy.require(environment)?;
    }
    let only = arguments.environment.as_ref().map(EnvironmentName::as_str);
    let now = crate::system::now();
    let text = show::board::text(&session.state, policy, only, now);
    Ok(Done::new(
        text,
        show::board::json(&session.state, policy, only, now),
    ))
}
