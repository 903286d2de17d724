//! `liftlock policy ...`

mod apply;
mod check;
mod diff;
mod schema;
mod show;

use clap::Subcommand;

use crate::context::{Context, load_policy};
use crate::done::Done;
use crate::failure::Failure;

/// Check, compare, adopt or show the pipeline file
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock policy check\n  liftlock policy diff && liftlock policy apply"
)]
pub(crate) enum Verb {
    Check(check::Arguments),
    Diff(diff::Arguments),
    Apply(apply::Arguments),
    Show(show::Arguments),
    Schema(schema::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Check(_) => "policy check",
            Self::Diff(_) => "policy diff",
            Self::Apply(_) => "policy apply",
            Self::Show(_) => "policy show",
            Self::Schema(_) => "policy schema",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Check(_) => check::run(context),
        Verb::Diff(_) => diff::run(context).await,
        Verb::Apply(arguments) => apply::run(&arguments, context).await,
        Verb::Show(_) => show::run(context).await,
        Verb::Schema(_) => schema::run(),
    }
}

/// The pipeline file's policy; a missing file is an error here.
fn file(context: &Context) -> Result<liftlock_core::Policy, Failure> {
    load_policy(context)?.ok_or_else(|| {
        Failure::usage(format!("there is no {} here", context.file.display()))
            .hint("`liftlock init IMAGE` writes one")
    })
}
