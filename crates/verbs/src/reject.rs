//! A promotion is rejected.

use clap::Args;
use liftlock_core::Command;
use serde::{Deserialize, Serialize};

use super::objection::{Kind, Objection};
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Say no to a waiting promotion, which ends it
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(transparent)]
#[command(
    after_help = "Example:\n  liftlock reject 1.4.2 --to production --reason 'the basket is empty'"
)]
pub struct Reject {
    #[command(flatten)]
    /// Of which promotion, and why.
    pub objection: Objection,
}

pub(crate) async fn run(arguments: Reject, session: &Session) -> Result<Done, Failure> {
    let kind = Kind {
        command: |release, environment, reason| Command::Reject {
            release,
            environment,
            reason,
        },
        about: "the promotion of",
        done: "rejected",
    };
    arguments.objection.submit(kind, session).await
}
