//! `liftlock override ...`

use clap::Subcommand;
use liftlock_verbs::Request;
use liftlock_verbs::overriding::{Ask, Confirm, List, Review};

/// Pass one gate of one promotion by decision of two persons; recorded, and listed until reviewed
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock override request 1.4.2 --to production --gate soak --reason 'fixes the outage'\n  liftlock override confirm o3\n  liftlock override review o3 --finding 'was needed'"
)]
pub(crate) enum Verb {
    Request(Ask),
    Confirm(Confirm),
    Review(Review),
    List(List),
}

impl From<Verb> for Request {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Request(arguments) => Self::OverrideRequest(arguments),
            Verb::Confirm(arguments) => Self::OverrideConfirm(arguments),
            Verb::Review(arguments) => Self::OverrideReview(arguments),
            Verb::List(arguments) => Self::OverrideList(arguments),
        }
    }
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "override request",
            Self::Confirm(_) => "override confirm",
            Self::Review(_) => "override review",
            Self::List(_) => "override list",
        }
    }
}
