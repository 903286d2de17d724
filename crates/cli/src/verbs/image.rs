//! `liftlock image ...`: the data plane alone.

mod inspect;
mod list;
mod tag;

use clap::Subcommand;

use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// Look at images and tag them, without a pipeline
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock image list registry.example.com/myapp\n  liftlock image inspect registry.example.com/myapp:production"
)]
pub(crate) enum Verb {
    Inspect(inspect::Arguments),
    Tag(tag::Arguments),
    List(list::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Inspect(_) => "image inspect",
            Self::Tag(_) => "image tag",
            Self::List(_) => "image list",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Inspect(arguments) => inspect::run(&arguments, context).await,
        Verb::Tag(arguments) => tag::run(arguments, context).await,
        Verb::List(arguments) => list::run(&arguments, context).await,
    }
}
