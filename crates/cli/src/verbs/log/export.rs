//! `liftlock log export`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use liftlock_core::{Entry, Event};
use liftlock_ledger::{Seal, UNNAMED_ORIGIN};
use liftlock_store::{DatabaseStore, ENTRIES_PAGE_MAX};
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
    let (store, _) = context.open_store(Access::Read).await?;
    let key = own_key(&store)?;
    let seal = key
        .as_ref()
        .map_or(Seal::Unsigned(UNNAMED_ORIGIN), Seal::Signed);
    let checkpoint = store
        .export(&arguments.folder, seal)
        .await
        .map_err(|error| Failure::failed("export", error.to_string()))?;
    let (reports, missing) = export_reports(&store, &arguments.folder).await?;
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

/// Writes the reports that evidence came as. Notes, comments and outputs are not written: no
/// decision needs them, and they may hold what is not for others.
async fn export_reports(store: &DatabaseStore, folder: &Path) -> Result<(u64, u64), Failure> {
    let (mut digests, mut next) = (BTreeSet::new(), 0);
    loop {
        let page = store.entries(next, ENTRIES_PAGE_MAX).await?;
        let Some(last) = page.last() else { break };
        next = last.seq + 1;
        let entries = page.iter();
        let entries = entries.filter_map(|kept| Entry::read(&kept.bytes).ok());
        digests.extend(entries.filter_map(|entry| match entry.event {
            Event::EvidenceAdded(content) => match content.attested {
                Some(attested) => Some(attested.envelope),
                None => content.report.map(|report| report.digest),
            },
            _ => None,
        }));
    }
    let (mut written, mut missing) = (0, 0);
    for digest in digests {
        let there = store.export_blob(folder, digest).await;
        match there.map_err(|error| Failure::failed("export", error.to_string()))? {
            true => written += 1,
            false => missing += 1,
        }
    }
    Ok((written, missing))
}
