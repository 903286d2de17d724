//! `liftlock log export`

use std::path::PathBuf;

use clap::Args;
use liftlock_ledger::{Seal, UNNAMED_ORIGIN};
use serde_json::json;

use crate::context::{Access, Context, own_key};
use crate::done::Done;
use crate::failure::Failure;

/// Write the ledger as tiles (C2SP tlog-tiles), for another machine to verify
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock log export exported/ && liftlock log verify exported/"
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
    let folder = arguments.folder.display();
    let text = format!(
        "wrote {} entries to {folder}, root {}",
        checkpoint.size(),
        checkpoint.root()
    );
    let json = json!({
        "folder": folder.to_string(),
        "size": checkpoint.size(),
        "root": checkpoint.root().to_string(),
    });
    Ok(Done::new(text, json))
}
