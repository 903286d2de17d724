//! `liftlock plan`

use clap::Args;
use liftlock_core::EnvironmentName;
use liftlock_core::verdict::Answer;

use super::choice::Choice;
use crate::context::{Access, Context};
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::show;

/// Show what a promotion would do: each gate, each step
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock plan 1.4.2 --to production\n\nExit code: 0 it would be \
carried out now, 3 a gate blocks, 4 it would wait."
)]
pub(crate) struct Arguments {
    /// A release, or a reference to an image; a release that pins it need not exist yet
    release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    to: EnvironmentName,
    /// Plan for a release created before the current one
    #[arg(long)]
    older: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::DryRun).await?;
    let intake = arguments
        .release
        .find_or_create(&session, context, true)
        .await?;
    let (release, to) = (&intake.release, &arguments.to);
    let plan = session
        .app
        .plan_in(&intake.state, release, to, arguments.older)
        .await?;
    let exit = match plan.answer() {
        Answer::Passed => Exit::Done,
        Answer::Waiting => Exit::Waiting,
        Answer::Blocked => Exit::Refused,
    };
    let json = serde_json::to_value(&plan).unwrap_or_default();
    Ok(Done::new(show::plan::text(&plan, context.ui.color), json).exit(exit))
}
