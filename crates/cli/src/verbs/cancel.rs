//! `liftlock cancel`

use clap::Args;
use liftlock_core::Command;

use super::objection::{Kind, Objection};
use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Call a waiting promotion off
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock cancel 1.4.2 --to production --reason 'wrong build'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    objection: Objection,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let kind = Kind {
        command: |release, environment, reason| Command::Cancel {
            release,
            environment,
            reason,
        },
        about: "the promotion of",
        done: "cancelled",
    };
    arguments.objection.submit(kind, context).await
}
