//! `liftlock log checkpoint`

use clap::Args;
use liftlock_ledger::{SavedCheckpoint, Seal, UNNAMED_ORIGIN};
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use crate::context::{Context, own_key};
use crate::remote::RemoteLedger;

/// Print the ledger's size and root, signed; kept elsewhere, it proves later that nothing was changed
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock log checkpoint > checkpoints/$(date +%F)\n\nWhoever owns \
both the state and its key can write another history and sign it:\nkeep checkpoints where they \
cannot write."
)]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context) -> Result<Done, Failure> {
    if let Some(server) = context.server()? {
        let ledger = RemoteLedger::unchecked(&server).await?;
        let (checkpoint, text) = (ledger.checkpoint(), ledger.signed.to_string());
        let json = json!({
            "origin": checkpoint.origin(),
            "size": checkpoint.size(),
            "root": checkpoint.root().to_string(),
            "checkpoint": text,
            "signed": true,
            "key": ledger.key.to_string(),
        });
        return Ok(Done::new(text, json));
    }
    let (store, _) = context.open_store(Access::Read).await?;
    let head = store.ledger_head().await?;
    let key = own_key(&store)?;
    let seal = key
        .as_ref()
        .map_or(Seal::Unsigned(UNNAMED_ORIGIN), Seal::Signed);
    let saved = seal
        .seal(head.size, head.root)
        .map_err(|error| Failure::failed("checkpoint", error.to_string()))?;
    let signed = matches!(saved, SavedCheckpoint::Signed(_));
    if !signed {
        context.ui.note(
            "not signed: this state is from before logs had keys, and gets one when next it is \
             written to",
        );
    }
    let json = json!({
        "origin": seal.origin(),
        "size": head.size,
        "root": head.root.to_string(),
        "checkpoint": saved.to_string(),
        "signed": signed,
        "key": key.map(|key| key.verifier().to_string()),
    });
    Ok(Done::new(saved.to_string(), json))
}
