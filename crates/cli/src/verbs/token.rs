//! `liftlock token ...`

mod create;
mod list;
mod revoke;

use clap::Subcommand;
use liftlock_verbs::{Done, Failure};

use crate::context::Context;

/// Make, list and revoke a server's tokens, which are for CI and cannot approve
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  liftlock token create ci --lasts 90d --pipeline shop --state https://liftlock.example.com
  liftlock token list
  liftlock token revoke ci")]
pub(crate) enum Verb {
    Create(create::Arguments),
    List(list::Arguments),
    Revoke(revoke::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "token create",
            Self::List(_) => "token list",
            Self::Revoke(_) => "token revoke",
        }
    }
}

pub(crate) async fn run(verb: &Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Create(arguments) => create::run(arguments, context).await,
        Verb::List(arguments) => list::run(arguments, context).await,
        Verb::Revoke(arguments) => revoke::run(arguments, context).await,
    }
}
