//! `liftlock webhook ...`

mod dead;
mod drop;
mod list;
mod place;
mod resend;

use clap::Subcommand;
use liftlock_verbs::{Done, Failure};

use crate::context::Context;

/// How far webhooks were told, and what was given up: list, send again, drop
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock webhook list\n  liftlock webhook dead chat\n  liftlock webhook resend chat 42"
)]
pub(crate) enum Verb {
    List(list::Arguments),
    Dead(dead::Arguments),
    Resend(resend::Arguments),
    Drop(drop::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "webhook list",
            Self::Dead(_) => "webhook dead",
            Self::Resend(_) => "webhook resend",
            Self::Drop(_) => "webhook drop",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::List(_) => list::run(context).await,
        Verb::Dead(arguments) => dead::run(&arguments, context).await,
        Verb::Resend(arguments) => resend::run(&arguments, context).await,
        Verb::Drop(arguments) => drop::run(&arguments, context).await,
    }
}

/// There is no such letter, or none at all.
fn none(endpoint: &str, seq: Option<u64>) -> Failure {
    let what = match seq {
        Some(seq) => format!("{endpoint} has no dead letter {seq}"),
        None => format!("{endpoint} has no dead letter"),
    };
    Failure::usage(what).hint(format!("`liftlock webhook dead {endpoint}` lists them"))
}

fn letters(count: u64) -> String {
    match count {
        1 => "1 dead letter".to_owned(),
        count => format!("{count} dead letters"),
    }
}
