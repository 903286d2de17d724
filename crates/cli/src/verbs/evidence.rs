//! `liftlock evidence ...`

mod add;

use clap::Subcommand;
use liftlock_verbs::evidence::{List, Revoke};
use liftlock_verbs::{Failure, Request};

/// Submit, list and revoke evidence
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock evidence add 1.4.2 unit-tests --report junit.xml\n  liftlock evidence list 1.4.2"
)]
pub(crate) enum Verb {
    Add(Box<add::Arguments>),
    List(List),
    Revoke(Revoke),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "evidence add",
            Self::List(_) => "evidence list",
            Self::Revoke(_) => "evidence revoke",
        }
    }

    /// What is asked; a report is read first, so that a bad one changes nothing, not even a new
    /// state.
    pub(crate) fn request(self) -> Result<Request, Failure> {
        Ok(match self {
            Self::Add(arguments) => Request::EvidenceAdd(arguments.request()?),
            Self::List(arguments) => Request::EvidenceList(arguments),
            Self::Revoke(arguments) => Request::EvidenceRevoke(arguments),
        })
    }
}
