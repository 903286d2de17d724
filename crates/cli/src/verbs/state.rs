//! `liftlock state ...`

mod export;
mod import;

use clap::Subcommand;
use liftlock_store::{TransferError, Transferred};
use liftlock_verbs::{Done, Failure};
use serde_json::{Value, json};

use crate::context::Context;

/// Move a state, whole: from a file to PostgreSQL, and back
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  liftlock state export moved.db\n  \
liftlock state import moved.db --state postgres://liftlock@db.example.com/liftlock")]
pub(crate) enum Verb {
    Export(export::Arguments),
    Import(import::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Export(_) => "state export",
            Self::Import(_) => "state import",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Export(arguments) => export::run(&arguments, context).await,
        Verb::Import(arguments) => import::run(&arguments, context).await,
    }
}

fn failure(error: TransferError) -> Failure {
    match error {
        TransferError::NotEmpty { .. } => Failure::usage(error.to_string()),
        TransferError::Changed { .. } => Failure::failed("changed", error.to_string()),
        TransferError::Store(error) => error.into(),
    }
}

fn figures(moved: &Transferred) -> (String, Value) {
    let Transferred {
        entries,
        root,
        blobs,
        proofs,
        observations,
        identities,
    } = moved;
    let text = format!(
        "{entries} entries, {blobs} payloads, {proofs} proofs, {observations} observations and \
         {identities} identities, root {root}"
    );
    let json = json!({
        "entries": entries,
        "root": root.to_string(),
        "payloads": blobs,
        "proofs": proofs,
        "observations": observations,
        "identities": identities,
    });
    (text, json)
}
