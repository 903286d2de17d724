//! `liftlock bundle show`

use std::path::PathBuf;

use clap::Args;
use liftlock_air_gap::Opened;
use liftlock_verbs::{Done, Failure};

use super::account;
use super::failure::archive_failure;
use super::trust::Keys;
use crate::context::Context;
use crate::output::{Doing, transfer};

/// Check an archive and tell what is in it, without state, network or pipeline file
///
/// Everything that an import checks is checked, with the keys that are given; what cannot be
/// checked without a key is said.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock bundle show shop-1.4.2.tar
  liftlock bundle show shop-1.4.2.tar --log-key log-key.txt --key production.pub

Exit code: 0 it is whole; 3 nothing in it is by a key given, or it does not follow the checkpoint;
5 it was changed, contradicts itself, or its ledger is a fork.")]
pub(crate) struct Arguments {
    /// The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// The other site's log key as `liftlock log key` prints it, or the file it is in
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    /// A checkpoint of that log which is known; a log that does not continue it is refused
    #[arg(long, value_name = "FILE", requires = "log_key")]
    checkpoint: Option<PathBuf>,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let checkpoint = arguments.checkpoint.as_deref();
    let log_key = arguments.log_key.as_deref();
    let trust = arguments.keys.trust(None, log_key, checkpoint)?;
    let opened = Opened::open(&arguments.archive).map_err(archive_failure)?;
    let report = transfer(context.ui, Doing::Verify);
    let verified = opened
        .verify(&trust, &report)
        .await
        .map_err(archive_failure)?;
    drop(report);
    let digest = opened.file_digest(|_| {}).map_err(archive_failure)?;
    let mut lines = account::text(opened.document(), &verified);
    lines.push(format!("the file: {digest}"));
    let mut json = account::json(opened.document(), &verified);
    json["archive"] = serde_json::json!(digest);
    Ok(Done::new(lines.join("\n"), json))
}
