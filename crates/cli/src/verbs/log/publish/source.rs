//! What is published: the checkpoint of a state at hand, or of a server.

use liftlock_ledger::{Checkpoint, SavedCheckpoint, Seal, SigningKey, VerifierKey};
use liftlock_store::DatabaseStore;
use liftlock_verbs::{Access, Failure};

use crate::context::{Context, own_key};
use crate::remote::{RemoteLedger, Server};
use crate::verbs::log::{no_key, verified};

/// A ledger whose checkpoint can be published.
pub(super) enum Source<'s> {
    AtHand(DatabaseStore, SigningKey),
    Server(RemoteLedger<'s>),
}

impl<'s> Source<'s> {
    pub(super) async fn open(
        server: Option<&'s Server>,
        context: &Context,
    ) -> Result<Self, Failure> {
        if let Some(server) = server {
            return Ok(Self::Server(RemoteLedger::unchecked(server).await?));
        }
        let (store, _) = context.open_store(Access::Read).await?;
        let key = own_key(&store)?.ok_or_else(no_key)?;
        Ok(Self::AtHand(store, key))
    }

    /// The key that its checkpoints are signed with. Of a server it is its word; who published
    /// before has the key in what is published.
    pub(super) fn key(&self) -> &VerifierKey {
        match self {
            Self::AtHand(_, key) => key.verifier(),
            Self::Server(ledger) => &ledger.key,
        }
    }

    /// Its checkpoint, recomputed: from the entries, and of a server from their hashes.
    pub(super) async fn verified(
        &self,
        earlier: Option<&Checkpoint>,
    ) -> Result<SavedCheckpoint, Failure> {
        match self {
            Self::AtHand(store, key) => {
                let now = verified(store, earlier).await?;
                let sealed = Seal::Signed(key).seal(now.size, now.root);
                sealed.map_err(|error| Failure::failed("checkpoint", error.to_string()))
            }
            Self::Server(ledger) => {
                ledger.hashes(earlier, |_, _| Ok(())).await?;
                Ok(SavedCheckpoint::Signed(ledger.signed.clone()))
            }
        }
    }
}
