//! `liftlock log export`

mod remote;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use liftlock_core::{Entry, Event};
use liftlock_ledger::{Checkpoint, Seal, UNNAMED_ORIGIN};
use liftlock_oci::Digest;
use liftlock_store::{DatabaseStore, ENTRIES_PAGE_MAX, ExportError};
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use crate::context::{Context, own_key};

/// Write the ledger as tiles (C2SP tlog-tiles) with the reports, for another machine to verify
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock log export exported/ && liftlock log verify exported/\n\n\
Whoever verifies it elsewhere needs a checkpoint and the log's key, given to them another way:\n  \
liftlock log verify exported/ --from checkpoint.txt --log-key log-key.txt --report"
)]
pub(crate) struct Arguments {
    /// The folder; an earlier export in it is continued
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let folder = &arguments.folder;
    let (checkpoint, (reports, missing)) = match context.server()? {
        Some(server) => remote::export(&server, folder).await?,
        None => at_hand(folder, context).await?,
    };
    let folder = arguments.folder.display();
    let mut text = format!(
        "wrote {} entries and {reports} reports to {folder}, root {}",
        checkpoint.size(),
        checkpoint.root()
    );
    if missing > 0 {
        text.push_str(&format!(
            "\n{missing} reports are not in the state any more"
        ));
    }
    let json = json!({
        "reports": reports,
        "reports_missing": missing,
        "folder": folder.to_string(),
        "size": checkpoint.size(),
        "root": checkpoint.root().to_string(),
    });
    Ok(Done::new(text, json))
}

/// How many reports were written, and how many are gone.
type Counts = (u64, u64);

async fn at_hand(folder: &Path, context: &Context) -> Result<(Checkpoint, Counts), Failure> {
    let (store, _) = context.open_store(Access::Read).await?;
    let key = own_key(&store)?;
    let seal = key
        .as_ref()
        .map_or(Seal::Unsigned(UNNAMED_ORIGIN), Seal::Signed);
    let checkpoint = store.export(folder, seal).await.map_err(failed)?;
    Ok((checkpoint, export_reports(&store, folder).await?))
}

fn failed(error: ExportError) -> Failure {
    Failure::failed("export", error.to_string())
}

/// Writes the reports that evidence came as. Notes, comments and outputs are not written: no
/// decision needs them, and they may hold what is not for others.
async fn export_reports(store: &DatabaseStore, folder: &Path) -> Result<Counts, Failure> {
    let (mut digests, mut next) = (BTreeSet::new(), 0);
    loop {
        let page = store.entries(next, ENTRIES_PAGE_MAX).await?;
        let Some(last) = page.last() else { break };
        next = last.seq + 1;
        digests.extend(page.iter().filter_map(|kept| report(&kept.bytes)));
    }
    let (mut written, mut missing) = (0, 0);
    for digest in digests {
        let there = store.export_blob(folder, digest).await;
        match there.map_err(failed)? {
            true => written += 1,
            false => missing += 1,
        }
    }
    Ok((written, missing))
}

/// The report or attestation that an entry's evidence came as.
fn report(entry: &[u8]) -> Option<Digest> {
    match Entry::read(entry).ok()?.event {
        Event::EvidenceAdded(content) => match content.attested {
            Some(attested) => Some(attested.envelope),
            None => content.report.map(|report| report.digest),
        },
        _ => None,
    }
}
