//! `liftlock withdraw`

use clap::Args;
use liftlock_core::Command;

use super::objection::{Kind, Objection};
use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Take your own approval of a waiting promotion back
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock withdraw 1.4.2 --to production --reason 'approved too early'"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    objection: Objection,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let kind = Kind {
        command: |release, environment, reason| Command::Withdraw {
            release,
            environment,
            reason,
        },
        about: "your approval of",
        done: "withdrawn",
    };
    arguments.objection.submit(kind, context).await
}
