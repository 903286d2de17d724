//! `liftlock log ...`

mod audit;
mod checkpoint;
mod export;
mod find;
mod key;
mod prove;
pub(crate) mod publish;
mod trust;
mod verify;
mod verify_proof;

pub(crate) use prove::prove_failure;
pub(crate) use trust::{read_checkpoint, read_key};

use clap::Subcommand;
use liftlock_core::Event;
use liftlock_ledger::Checkpoint;
use liftlock_store::{DatabaseStore, LedgerEntry, LedgerFault, Verified};

use audit::Place;
use liftlock_verbs::{Done, Exit, Failure};

use crate::context::Context;

/// The ledger: checkpoint, prove, verify, export, publish
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  liftlock log checkpoint > checkpoint.txt\n  liftlock log verify --from checkpoint.txt"
)]
pub(crate) enum Verb {
    Checkpoint(checkpoint::Arguments),
    Prove(prove::Arguments),
    VerifyProof(verify_proof::Arguments),
    Verify(verify::Arguments),
    Export(export::Arguments),
    Publish(publish::Arguments),
    Key(key::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Checkpoint(_) => "log checkpoint",
            Self::Prove(_) => "log prove",
            Self::VerifyProof(_) => "log verify-proof",
            Self::Verify(_) => "log verify",
            Self::Export(_) => "log export",
            Self::Publish(_) => "log publish",
            Self::Key(_) => "log key",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Checkpoint(_) => checkpoint::run(context).await,
        Verb::Prove(arguments) => prove::run(&arguments, context).await,
        Verb::VerifyProof(arguments) => verify_proof::run(&arguments),
        Verb::Verify(arguments) => verify::run(&arguments, context).await,
        Verb::Publish(arguments) => publish::run(&arguments, context).await,
        Verb::Export(arguments) => export::run(&arguments, context).await,
        Verb::Key(arguments) => key::run(&arguments, context).await,
    }
}

/// Recomputes the ledger, and that each entry speaks of the very place it is kept at.
pub(crate) async fn verified(
    store: &DatabaseStore,
    saved: Option<&Checkpoint>,
) -> Result<Verified, Failure> {
    verified_with(store, saved, |_| {}).await
}

/// As [`verified`], and shows `visit` each entry, in order.
async fn verified_with(
    store: &DatabaseStore,
    saved: Option<&Checkpoint>,
    visit: impl FnMut(&[u8]) + Send,
) -> Result<Verified, Failure> {
    store
        .verify_with(saved, belongs, visit)
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
    serde_json::from_slice::<Place>(&entry.bytes)
        .is_ok_and(|read| read.pipeline == entry.stream && read.n == entry.version)
}

pub(crate) fn no_key() -> Failure {
    Failure::failed(
        "log-key",
        "this state's log has no key yet: it is from before logs had them",
    )
    .hint("the next command that writes to the state makes one; or `liftlock log key --name NAME`")
}

/// An event's type, as it is recorded.
fn event_type(event: &Event) -> String {
    let json = serde_json::to_value(event).unwrap_or_default();
    json["type"].as_str().unwrap_or("?").to_owned()
}
