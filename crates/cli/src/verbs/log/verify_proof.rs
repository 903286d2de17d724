//! `liftlock log verify-proof`

use std::path::PathBuf;

use clap::Args;
use liftlock_core::{Entry, Event};
use liftlock_ledger::{PROOF_FILE_BYTES_MAX, ProofFile};
use liftlock_verbs::{Done, Failure, show::time::instant, show::verdicts};
use serde_json::{Value, json};

use super::trust::{mismatch, read_key, read_text, shown};

/// Check a proof file, without state or network, and show the entry it proves
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock log verify-proof 1.4.2.tlog-proof --log-key log-key.txt\n\n\
Exit code: 0 it was in the log; 5 it proves nothing, or another log signed.\nIt says what was \
recorded by then. What came later, such as a withdrawal, is not known offline."
)]
pub(crate) struct Arguments {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The log's key as `liftlock log key` prints it, or the file it is in
    #[arg(long, value_name = "KEY")]
    log_key: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Done, Failure> {
    let key = read_key(&arguments.log_key)?;
    let name = shown(&arguments.file);
    let text = read_text(&arguments.file, PROOF_FILE_BYTES_MAX)?;
    let file: ProofFile = text
        .parse()
        .map_err(|error| mismatch(format!("{name} is not a proof file: {error}")))?;
    let bytes = file
        .verify(&key)
        .map_err(|error| mismatch(format!("{name} proves nothing: {error}")))?;
    let checkpoint = file.checkpoint().checkpoint();
    let (index, size) = (file.index(), checkpoint.size());
    let mut text = format!(
        "entry {index} of {}, as of {size} entries: proven",
        key.name()
    );
    let raw: Value = serde_json::from_slice(bytes).unwrap_or_default();
    match Entry::read(bytes) {
        Ok(entry) => text.push_str(&describe(&entry)),
        Err(_) => text.push_str("\nits entry is of a newer version: see it with --json"),
    }
    text.push_str("\nwhat was recorded after that checkpoint is not known here");
    let json = json!({
        "verified": true,
        "origin": key.name(),
        "seq": index,
        "size": size,
        "root": checkpoint.root().to_string(),
        "entry": raw,
    });
    Ok(Done::new(text, json))
}

fn describe(entry: &Entry) -> String {
    let (pipeline, n, actor) = (&entry.pipeline, entry.n, &entry.actor);
    let kind = super::event_type(&entry.event);
    let mut text = format!(
        "\n{pipeline}, event {n}, {}, by {actor}: {kind}",
        instant(entry.time)
    );
    let lines = match &entry.event {
        Event::PromotionCommitted { promotion, plan } => {
            let to = format!("{promotion}: {} to {}", plan.release, plan.environment);
            let images = plan.images.values().map(|image| format!("  {image}"));
            let verdicts = plan.verdicts.iter();
            let verdicts = verdicts.map(|v| format!("  {}", verdicts::line(v, None)));
            [to].into_iter().chain(images).chain(verdicts).collect()
        }
        Event::PromotionEnded { promotion, outcome } => {
            let outcome = liftlock_verbs::show::promotion::outcome(outcome);
            vec![format!("{promotion}: {outcome}")]
        }
        _ => Vec::new(),
    };
    for line in lines {
        text.push('\n');
        text.push_str(&line);
    }
    text
}
