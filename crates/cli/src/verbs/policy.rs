//! `liftlock policy ...`

mod check;
mod schema;

use clap::{Args, Subcommand};
use liftlock_verbs::policy::{Apply, Diff, Show};
use liftlock_verbs::{Done, Failure, Request};

use crate::context::{Context, pipeline_file};

/// Check, compare, adopt or show the pipeline file
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock policy check\n  liftlock policy diff && liftlock policy apply"
)]
pub(crate) enum Verb {
    Check(check::Arguments),
    Diff(DiffArguments),
    Apply(ApplyArguments),
    Show(Show),
    Schema(schema::Arguments),
}

/// Show how the pipeline file differs from the adopted policy, and what adopting it would do to
/// what waits
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock policy diff\n\nExit code: 0 no difference, 2 there is \
one."
)]
pub(crate) struct DiffArguments {}

/// Adopt the pipeline file into the state; the adopted policy's owners may
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock policy diff && liftlock policy apply")]
pub(crate) struct ApplyArguments {
    /// Change nothing, and show what would be adopted
    #[arg(short = 'n', long)]
    dry_run: bool,
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
    let file = || pipeline_file(context)?.ok_or_else(|| missing(context));
    let request = match verb {
        Verb::Check(_) => return check::run(context),
        Verb::Schema(_) => return schema::run(),
        Verb::Diff(_) => Request::PolicyDiff(Diff { file: file()? }),
        Verb::Apply(ApplyArguments { dry_run }) => Request::PolicyApply(Apply {
            file: file()?,
            dry_run,
        }),
        Verb::Show(arguments) => Request::PolicyShow(arguments),
    };
    context.carry_out(request).await
}

/// There is no pipeline file, and one is needed.
fn missing(context: &Context) -> Failure {
    Failure::usage(format!("there is no {} here", context.file.display()))
        .hint("`liftlock init IMAGE` writes one")
}
