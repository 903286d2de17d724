//! `liftlock release ...`

mod create;
mod list;
mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Create and look at releases
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock release create 1.4.2 registry.example.com/myapp:build-456\n  liftlock release show 1.4.2"
)]
pub(crate) enum Verb {
    Create(create::Arguments),
    List(list::Arguments),
    Show(show::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "release create",
            Self::List(_) => "release list",
            Self::Show(_) => "release show",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Create(arguments) => create::run(arguments, context).await,
        Verb::List(_) => list::run(context).await,
        Verb::Show(arguments) => show::run(arguments, context).await,
    }
}
