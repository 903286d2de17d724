//! An approval is taken back.

use clap::Args;
use liftlock_core::Command;
use serde::{Deserialize, Serialize};

use super::objection::{Kind, Objection};
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Take your own approval of a waiting promotion back
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(transparent)]
#[command(
    after_help = "Example:\n  liftlock withdraw 1.4.2 --to production --reason 'approved too early'"
)]
pub struct Withdraw {
    #[command(flatten)]
    /// Of which promotion, and why.
    pub objection: Objection,
}

pub(crate) async fn run(arguments: Withdraw, session: &Session) -> Result<Done, Failure> {
    let kind = Kind {
        command: |release, environment, reason| Command::Withdraw {
            release,
            environment,
            reason,
        },
        about: "your approval of",
        done: "withdrawn",
    };
    arguments.objection.submit(kind, session).await
}
