//! `liftlock reject`

use clap::Args;
use liftlock_core::Command;

use super::objection::{Kind, Objection};
use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Say no to a waiting promotion, which ends it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock reject 1.4.2 --to production --reason 'the basket is empty'"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    objection: Objection,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let kind = Kind {
        command: |release, environment, reason| Command::Reject {
            release,
            environment,
            reason,
        },
        about: "the promotion of",
        done: "rejected",
    };
    arguments.objection.submit(kind, context).await
}
