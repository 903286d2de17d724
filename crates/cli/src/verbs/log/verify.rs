//! `liftlock log verify`

use std::path::PathBuf;

use clap::Args;
use liftlock_engine::ports::Store;
use liftlock_engine::{SnapshotFault, check_snapshot};
use liftlock_store::verify_export;
use serde_json::json;

use super::{read_checkpoint, verified};
use crate::context::{Access, Context};
use crate::done::{Done, Exit};
use crate::failure::Failure;

/// Recompute the ledger, of the state or of an export, and find what was changed
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock log verify --from checkpoints/2026-01-31\n  liftlock \
log verify exported/\n\nExit code: 0 as recorded; 5 changed, missing, added or reordered.\nWithout \
--from, whoever can write the whole state could have rewritten all of it."
)]
pub(crate) struct Arguments {
    /// An export; the state where it is not given
    #[arg(value_name = "DIR")]
    export: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let saved = arguments.from.as_deref().map(read_checkpoint).transpose()?;
    let (size, root) = match &arguments.export {
        Some(folder) => {
            if !folder.join("checkpoint").is_file() {
                let message = format!(
                    "{} is not an export: it has no checkpoint",
                    folder.display()
                );
                return Err(Failure::usage(message).hint("`liftlock log export DIR` writes one"));
            }
            let checkpoint = verify_export(folder, saved.as_ref()).map_err(|fault| {
                Failure::new(
                    Exit::Mismatch,
                    "ledger",
                    format!("{}: {fault}", folder.display()),
                )
            })?;
            (checkpoint.size(), checkpoint.root())
        }
        None => {
            let (store, _) = context.open_store(Access::Read).await?;
            let verified = verified(&store, saved.as_ref()).await?;
            for stream in store.streams().await? {
                check_snapshot(&store, &stream).await.map_err(snapshot)?;
            }
            (verified.size, verified.root)
        }
    };
    let mut text = format!("{size} entries, root {root}: recomputed, and as recorded");
    match &saved {
        Some(saved) => text.push_str(&format!(
            "\nit still begins with the {} entries of the checkpoint",
            saved.size()
        )),
        None => text.push_str(
            "\nno checkpoint was given: a ledger rewritten as a whole would look right, too",
        ),
    }
    let json = json!({
        "verified": true,
        "size": size,
        "root": root.to_string(),
        "from": saved.map(|saved| saved.size()),
    });
    Ok(Done::new(text, json))
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
