//! `liftlock release ...`

use clap::Subcommand;
use liftlock_verbs::Request;
use liftlock_verbs::release::{Create, List, Show};

/// Create and look at releases
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock release create 1.4.2 registry.example.com/myapp:build-456\n  liftlock release show 1.4.2"
)]
pub(crate) enum Verb {
    Create(Create),
    List(List),
    Show(Show),
}

impl From<Verb> for Request {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Create(arguments) => Self::ReleaseCreate(arguments),
            Verb::List(arguments) => Self::ReleaseList(arguments),
            Verb::Show(arguments) => Self::ReleaseShow(arguments),
        }
    }
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
