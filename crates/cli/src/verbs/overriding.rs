//! `liftlock override ...`

mod confirm;
mod list;
mod request;
mod review;

use clap::Subcommand;

use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Pass one gate of one promotion by decision of two persons; recorded, and listed until reviewed
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock override request 1.4.2 --to production --gate soak --reason 'fixes the outage'\n  liftlock override confirm o3\n  liftlock override review o3 --finding 'was needed'"
)]
pub(crate) enum Verb {
    Request(request::Arguments),
    Confirm(confirm::Arguments),
    Review(review::Arguments),
    List(list::Arguments),
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

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Request(arguments) => request::run(arguments, context).await,
        Verb::Confirm(arguments) => confirm::run(arguments, context).await,
        Verb::Review(arguments) => review::run(arguments, context).await,
        Verb::List(arguments) => list::run(&arguments, context).await,
    }
}
