//! `liftlock log ...`

mod checkpoint;
mod export;
mod verify;

use clap::Subcommand;
use liftlock_core::Entry;
use liftlock_ledger::Checkpoint;
use liftlock_store::{LedgerEntry, LedgerFault, SqliteStore, Verified};

use crate::context::Context;
use crate::done::{Done, Exit};
use crate::failure::Failure;

/// The ledger: checkpoint, verify, export
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock log checkpoint > checkpoint.txt\n  liftlock log verify --from checkpoint.txt"
)]
pub(crate) enum Verb {
    Checkpoint(checkpoint::Arguments),
    Verify(verify::Arguments),
    Export(export::Arguments),
}

/// The ledger's origin line where no server names it (C2SP tlog-checkpoint, "origin").
pub(crate) const ORIGIN: &str = "liftlock/state";

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Checkpoint(_) => "log checkpoint",
            Self::Verify(_) => "log verify",
            Self::Export(_) => "log export",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Checkpoint(_) => checkpoint::run(context).await,
        Verb::Verify(arguments) => verify::run(&arguments, context).await,
        Verb::Export(arguments) => export::run(&arguments, context).await,
    }
}

/// Recomputes the ledger, and that each entry speaks of the very place it is kept at.
pub(crate) async fn verified(
    store: &SqliteStore,
    saved: Option<&Checkpoint>,
) -> Result<Verified, Failure> {
    store
        .verify_with(saved, belongs)
        .await
        .map_err(|fault| match fault {
            LedgerFault::Store(error) => error.into(),
            fault => Failure::new(
                Exit::Mismatch,
                "ledger",
                format!("the ledger is not as it was: {fault}"),
            ),
        })
}

fn belongs(entry: &LedgerEntry) -> bool {
    serde_json::from_slice::<Entry>(&entry.bytes)
        .is_ok_and(|read| read.pipeline.as_str() == entry.stream && read.n == entry.version)
}

fn read_checkpoint(path: &std::path::Path) -> Result<Checkpoint, Failure> {
    use std::io::Read;
    let name = path.display();
    let unreadable =
        |error: std::io::Error| Failure::usage(format!("{name} cannot be read: {error}"));
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(64 * 1024)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    text.parse()
        .map_err(|error| Failure::usage(format!("{name} is not a checkpoint: {error}")))
}
