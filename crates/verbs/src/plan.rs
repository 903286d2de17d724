//! What a promotion would do.

use clap::Args;
use liftlock_core::EnvironmentName;
use liftlock_core::verdict::Answer;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::session::Session;
use crate::show;

/// Show what a promotion would do: each gate, each step
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Example:\n  liftlock plan 1.4.2 --to production\n\nExit code: 0 it would be \
carried out now, 3 a gate blocks, 4 it would wait."
)]
pub struct Plan {
    /// A release, or a reference to an image; a release that pins it need not exist yet
    pub release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    pub to: EnvironmentName,
    /// Plan for a release created before the current one
    #[arg(long)]
    #[serde(default)]
    pub older: bool,
}

pub(crate) async fn run(arguments: Plan, session: &Session) -> Result<Done, Failure> {
    let intake = arguments.release.find_or_create(session, true).await?;
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
    Ok(Done::new(show::plan::text(&plan, session.voice.color), json).exit(exit))
}
