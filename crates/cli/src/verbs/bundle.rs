//! `liftlock bundle ...`

mod account;
mod export;
mod failure;
mod import;
mod keep;
mod show;
mod trust;

use clap::Subcommand;
use liftlock_verbs::{Done, Failure};

use crate::context::Context;

/// Carry a release to a site without a network, in one archive
///
/// The archive is an OCI image layout in a tar file: the release's images with all that refers to
/// them, and what the ledger says about the release, proven. Stock tools read the images in it.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  liftlock bundle export 1.4.2 shop-1.4.2.tar
  liftlock bundle show shop-1.4.2.tar --log-key log-key.txt --key production.pub
  liftlock bundle import shop-1.4.2.tar --log-key log-key.txt --key production.pub

Keys never travel in the archive. Give them to the other site once, by another way:
  liftlock log key > log-key.txt ; liftlock key show production")]
pub(crate) enum Verb {
    Export(export::Arguments),
    Import(import::Arguments),
    Show(show::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Export(_) => "bundle export",
            Self::Import(_) => "bundle import",
            Self::Show(_) => "bundle show",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Export(arguments) => export::run(&arguments, context).await,
        Verb::Import(arguments) => import::run(&arguments, context).await,
        Verb::Show(arguments) => show::run(&arguments, context).await,
    }
}
