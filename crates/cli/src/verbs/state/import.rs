//! `liftlock state import`

use std::path::PathBuf;

use clap::Args;
use liftlock_store::{DatabaseStore, OpenMode, TransferError, log_key_path};
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use crate::context::Context;

/// Fill a new state with all that a state file holds, with the ledger's root unchanged
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock state import moved.db --state postgres://liftlock@db.example.com/liftlock\n\n\
The state must hold nothing yet. Every hash and the ledger's root are computed again, and all of it \
is there at once, or nothing. Let nobody write to the file any more."
)]
pub(crate) struct Arguments {
    /// The state file to read
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Change nothing, and only verify what would be imported
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let from = DatabaseStore::open(&arguments.path, OpenMode::ReadOnly).await?;
    let named = arguments.path.display();
    let access = Access::changing(arguments.dry_run);
    let place = context.state_name()?;
    let opened = context.open_store(access).await;
    if arguments.dry_run {
        let empty = match opened {
            Ok((to, _)) => to.is_empty().await?,
            // A database in which there is no state yet.
            Err(failure) if failure.code == "not-a-state" && place.contains("://") => true,
            Err(failure) => return Err(failure),
        };
        if !empty {
            return Err(super::failure(TransferError::NotEmpty { place }));
        }
        let found = super::super::log::verified(&from, None).await?;
        let text = format!(
            "would import {} entries, root {}, from {named} into {place}",
            found.size, found.root
        );
        let json = json!({ "entries": found.size, "root": found.root.to_string() });
        return Ok(Done::new(text, json));
    }
    let (to, _) = opened?;
    let moved = from.transfer(&to).await.map_err(super::failure)?;
    let (text, mut json) = super::figures(&moved);
    json["state"] = place.clone().into();
    let (kept, wanted) = (log_key_path(from.path()), log_key_path(to.path()));
    let mut text = format!("imported into {place}: {text}");
    if kept.is_file() && !wanted.exists() {
        text.push_str(&format!(
            "\nthe log's key is still in {}: put it into {} before anything is recorded",
            kept.display(),
            wanted.display()
        ));
    }
    to.close().await;
    Ok(Done::new(text, json))
}
