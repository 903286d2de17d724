//! `liftlock log verify`

use std::path::{Path, PathBuf};

use clap::Args;
use liftlock_engine::ports::Store;
use liftlock_engine::{SnapshotFault, check_snapshot};
use liftlock_ledger::{Checkpoint, Hash, SavedCheckpoint, VerifierKey};
use liftlock_store::{DatabaseStore, verify_export_with};
use liftlock_verbs::{Access, Done, Exit, Failure};
use serde_json::json;

use super::audit::{self, Audit, Audited, Reports, Watched};
use super::trust::{Signature, check, mismatch, read_checkpoint, read_key};
use super::verified_with;
use crate::context::{Context, own_key};
use crate::remote::RemoteLedger;

/// Recompute the ledger, of the state or of an export, make each decision again, and find what was
/// changed
///
/// Of a server, every entry is read and all of it is computed again here: its word is not taken.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock log verify --from checkpoints/2026-01-31\n  liftlock \
log verify exported/ --from checkpoint.txt --log-key log-key.txt\n\nExit code: 0 as recorded; 1 an \
event is of a version that is not known here, and nothing\nafter it was decided again; 5 changed, missing, added or reordered, or not what the rules come to.\nWithout --from, whoever can write the whole state could \
have rewritten all of it."
)]
pub(crate) struct Arguments {
    /// An export; the state where it is not given
    #[arg(value_name = "DIR")]
    export: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere; `-` for standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The log's key as `liftlock log key` prints it, or the file it is in; the state's own, or
    /// the one that the server names, where it is not given
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    /// Every promotion with its approvals and overrides, too
    #[arg(long)]
    report: bool,
    /// Only the tree and its signatures: no decision is made again
    #[arg(long, conflicts_with = "report")]
    tree_only: bool,
}

/// What was recomputed.
struct Recomputed {
    size: u64,
    root: Hash,
    /// The signature of an export's own checkpoint.
    sealed: Option<Signature>,
    audited: Option<Audited>,
    reports: Option<Reports>,
    watched: Option<Watched>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let saved = arguments.from.as_deref().map(read_checkpoint).transpose()?;
    let key = arguments.log_key.as_deref().map(read_key).transpose()?;
    let earlier = saved.as_ref().map(SavedCheckpoint::checkpoint);
    let server = context.server()?.filter(|_| arguments.export.is_none());
    let ledger = match &server {
        Some(server) => Some(RemoteLedger::known(server, key.clone(), context).await?),
        None => None,
    };
    let store = match (&arguments.export, &server) {
        (None, None) => Some(context.open_store(Access::Read).await?.0),
        _ => None,
    };
    let key = match (key, &store, &ledger) {
        (None, Some(store), _) => own_key(store)?.map(|key| key.verifier().clone()),
        (None, None, Some(ledger)) => Some(ledger.key.clone()),
        (key, ..) => key,
    };
    // A checkpoint that nobody vouches for is not even compared.
    let from = saved.as_ref();
    let from = from.map(|saved| check(saved, key.as_ref(), "the checkpoint"));
    let from = from.transpose()?;
    let audit = (!arguments.tree_only).then(Audit::default);
    let found = match (&store, &ledger, &arguments.export) {
        (_, _, Some(folder)) => of_export(folder, earlier, key.as_ref(), audit)?,
        (_, Some(ledger), None) => of_server(ledger, earlier, audit).await?,
        (Some(store), None, None) => of_state(store, earlier, audit).await?,
        (None, None, None) => return Err(Failure::usage("there is nothing to verify")),
    };
    let (size, root) = (found.size, found.root);
    let mut text = format!("{size} entries, root {root}: recomputed, and as recorded");
    if let Some(sealed) = &found.sealed {
        text.push_str(&format!("\nthe export's checkpoint is {}", said(sealed)));
    }
    match (earlier, &from) {
        (Some(earlier), Some(signature)) => text.push_str(&format!(
            "\nit still begins with the {} entries of the checkpoint, which is {}",
            earlier.size(),
            said(signature)
        )),
        _ => text.push_str(
            "\nno checkpoint was given: a ledger rewritten as a whole would look right, too",
        ),
    }
    let whole = arguments.report;
    let (audited, reports) = (found.audited.as_ref(), found.reports.as_ref());
    for line in audited
        .iter()
        .flat_map(|audited| audit::text(audited, reports, whole))
    {
        text.push('\n');
        text.push_str(&line);
    }
    for line in found.watched.iter().flat_map(Watched::text) {
        text.push('\n');
        text.push_str(&line);
    }
    if audited.is_none() {
        text.push_str("\nno decision was made again: --tree-only");
    }
    let clean = audited.is_none_or(Audited::is_clean) && reports.is_none_or(Reports::is_clean);
    let clean = clean && found.watched.as_ref().is_none_or(Watched::is_clean);
    // What this version cannot read was not tampered with, and was not verified either.
    let whole_log = audited.is_none_or(Audited::is_whole);
    let json = json!({
        "verified": clean && whole_log,
        "size": size,
        "root": root.to_string(),
        "from": earlier.map(Checkpoint::size),
        "from_signature": from.as_ref().map(Signature::word),
        "export_signature": found.sealed.as_ref().map(Signature::word),
        "key": key.map(|key| key.to_string()),
        "watched": found.watched.as_ref().map(Watched::json),
        "audit": audited.map(|audited| audit::json(audited, reports, whole)),
    });
    let exit = match (clean, whole_log) {
        (false, _) => Exit::Mismatch,
        (true, false) => Exit::Failed,
        (true, true) => Exit::Done,
    };
    Ok(Done::new(text, json).exit(exit))
}

fn said(signature: &Signature) -> String {
    match signature {
        Signature::Good(name) => format!("signed by {name}"),
        Signature::None => "not signed: it says what, and not who said so".to_owned(),
        Signature::Unchecked(by) => {
            format!("said to be signed by {by}: not checked, no --log-key was given")
        }
    }
}

fn of_export(
    folder: &Path,
    earlier: Option<&Checkpoint>,
    key: Option<&VerifierKey>,
    mut audit: Option<Audit>,
) -> Result<Recomputed, Failure> {
    if !folder.join("checkpoint").is_file() {
        let folder = folder.display();
        let message = format!("{folder} is not an export: it has no checkpoint");
        return Err(Failure::usage(message).hint("`liftlock log export DIR` writes one"));
    }
    let visit = |entry: &[u8]| audit.iter_mut().for_each(|audit| audit.entry(entry));
    let sealed = verify_export_with(folder, earlier, visit)
        .map_err(|fault| mismatch(format!("{}: {fault}", folder.display())))?;
    let (size, root) = (sealed.checkpoint().size(), sealed.checkpoint().root());
    let sealed = check(&sealed, key, "the export's checkpoint")?;
    let audited = audit.map(Audit::finish);
    let reports = audited
        .as_ref()
        .map(|audited| audit::of_export(folder, audited));
    Ok(Recomputed {
        size,
        root,
        sealed: Some(sealed),
        audited,
        reports,
        watched: None,
    })
}

async fn of_state(
    store: &DatabaseStore,
    earlier: Option<&Checkpoint>,
    mut audit: Option<Audit>,
) -> Result<Recomputed, Failure> {
    let visit = |entry: &[u8]| audit.iter_mut().for_each(|audit| audit.entry(entry));
    let verified = verified_with(store, earlier, visit).await?;
    for stream in store.streams().await? {
        check_snapshot(store, &stream).await.map_err(snapshot)?;
    }
    let audited = audit.map(Audit::finish);
    let watched = match &audited {
        Some(audited) => Some(Watched::of_state(store, audited).await?),
        None => None,
    };
    Ok(Recomputed {
        size: verified.size,
        root: verified.root,
        sealed: None,
        audited,
        reports: None,
        watched,
    })
}

/// The ledger of a server, entry by entry: nothing of it is kept here.
async fn of_server(
    ledger: &RemoteLedger<'_>,
    earlier: Option<&Checkpoint>,
    mut audit: Option<Audit>,
) -> Result<Recomputed, Failure> {
    ledger
        .read(earlier, |_, entries| {
            if let Some(audit) = &mut audit {
                entries.iter().for_each(|entry| audit.entry(entry));
            }
            Ok(())
        })
        .await?;
    let audited = audit.map(Audit::finish);
    Ok(Recomputed {
        size: ledger.checkpoint().size(),
        root: ledger.checkpoint().root(),
        sealed: None,
        watched: audited.as_ref().map(Watched::elsewhere),
        audited,
        reports: None,
    })
}

/// What to do about a snapshot that was changed.
const REMOVE: &str = "the events are as they were: `DELETE FROM snapshots` in the state lets \
them be folded again";

fn snapshot(fault: SnapshotFault) -> Failure {
    match fault {
        SnapshotFault::Engine(error) => error.into(),
        changed => Failure::new(Exit::Mismatch, "snapshot", changed.to_string()).hint(REMOVE),
    }
}
