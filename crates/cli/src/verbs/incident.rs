//! `liftlock incident ...`

mod alertmanager;
mod open;

use clap::Subcommand;
use liftlock_verbs::incident::Resolve;
use liftlock_verbs::{Failure, Request};

/// Say that something is wrong in an environment, and that it is over
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock incident open production --reason 'orders fail'\n  liftlock incident open production --alertmanager - < payload.json\n  liftlock incident resolve production"
)]
pub(crate) enum Verb {
    Open(open::Arguments),
    Resolve(Resolve),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "incident open",
            Self::Resolve(_) => "incident resolve",
        }
    }

    /// What is asked; a payload is read first, so that a bad one changes nothing.
    pub(crate) fn request(self) -> Result<Request, Failure> {
        match self {
            Self::Open(arguments) => arguments.request(),
            Self::Resolve(arguments) => Ok(Request::IncidentResolve(arguments)),
        }
    }
}
