//! `liftlock incident ...`

mod alertmanager;
mod open;
mod resolve;

use clap::Subcommand;

use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Say that something is wrong in an environment, and that it is over
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock incident open production --reason 'orders fail'\n  liftlock incident open production --alertmanager - < payload.json\n  liftlock incident resolve production"
)]
pub(crate) enum Verb {
    Open(open::Arguments),
    Resolve(resolve::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "incident open",
            Self::Resolve(_) => "incident resolve",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Open(arguments) => open::run(arguments, context).await,
        Verb::Resolve(arguments) => resolve::run(arguments, context).await,
    }
}
