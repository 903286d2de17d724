//! The key that a state's log signs with.

use liftlock_ledger::SigningKey;
use liftlock_store::{DatabaseStore, log_key_path, make_log_key, read_log_key};
use liftlock_verbs::Failure;

use super::Context;

/// The state's key, made with it. A state from before there were keys gets one now, and it is said:
/// what its log signs from here on bears another name than the checkpoints saved so far.
pub(super) async fn settle(
    context: &Context,
    store: &DatabaseStore,
) -> Result<SigningKey, Failure> {
    let (key, new) = make_log_key(store.path(), None)?;
    if new && store.ledger_head().await?.size > 0 {
        let path = log_key_path(store.path());
        context.ui.note(&format!(
            "this state's log has a key now, and signs as {}; keep {} with the state's backups",
            key.verifier().name(),
            path.display()
        ));
    }
    Ok(key)
}

/// The key of an opened state; `None` where nothing was written to it since logs have keys.
pub(crate) fn own_key(store: &DatabaseStore) -> Result<Option<SigningKey>, Failure> {
    Ok(read_log_key(store.path())?)
}
