//! A release is promoted.

use std::time::Duration;

use clap::Args;
use liftlock_core::decide::Wanted;
use liftlock_core::{EnvironmentName, Span};
use liftlock_engine::PromoteOptions;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::ending;
use crate::done::Done;
use crate::failure::Failure;
use crate::session::{Session, policy};
use crate::span_text;

/// Bring a release into an environment, when its gates pass
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  liftlock promote 1.4.2 --to staging\n  liftlock promote \
registry.example.com/myapp:$SHA --to staging --wait=1h\n\nIt waits on gates that are still open and \
exits with 4; the promotion stays open, and `liftlock promote` or `liftlock tick` carries it out \
later. Asked again, it attaches to the open promotion."
)]
pub struct Promote {
    /// A release, or a reference to an image; the release that pins it is created where needed
    pub release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    pub to: EnvironmentName,
    /// Stay until it is over, or for this long
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "7d")]
    #[serde(default, with = "span_text")]
    pub wait: Option<Span>,
    /// Only ask for it, exit with 0, and leave the rest to `liftlock tick`
    #[arg(long, conflicts_with = "wait")]
    #[serde(default)]
    pub detach: bool,
    /// Promote a release created before the current one
    #[arg(long)]
    #[serde(default)]
    pub older: bool,
    /// Deploy and check the current release again
    #[arg(long)]
    #[serde(default)]
    pub again: bool,
    /// Change nothing, and show the plan
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Promote, session: &Session) -> Result<Done, Failure> {
    let dry_run = arguments.dry_run;
    policy(&session.state)?.require(&arguments.to)?;
    let intake = arguments.release.find_or_create(session, dry_run).await?;
    let wanted = Wanted {
        release: intake.release.clone(),
        environment: arguments.to,
        older: arguments.older,
        again: arguments.again,
    };
    let wait: Option<Duration> = arguments.wait.map(Span::duration);
    let options = PromoteOptions {
        detach: arguments.detach,
        wait,
    };
    let outcome = if dry_run {
        session.app.rehearse(&intake.state, &wanted).await?
    } else {
        session.app.promote(&wanted, options).await?
    };
    Ok(ending::of(outcome, session).await)
}
