//! The ledger of a state as the engine's port, with its key.

use liftlock_engine::ports::{Log, LogError, Logging};
use liftlock_ledger::{Checkpoint, Hash, ProofFile, SigningKey};

use crate::database::DatabaseStore;
use crate::db::query;
use crate::read::integer;
use crate::sql;

/// A state's ledger, signed with its key.
pub struct DatabaseLog {
    store: DatabaseStore,
    key: SigningKey,
}

impl DatabaseLog {
    /// The ledger of `store`, whose checkpoints `key` signs.
    pub fn new(store: DatabaseStore, key: SigningKey) -> Self {
        Self { store, key }
    }

    async fn root_at(&self, seq: u64) -> Result<Checkpoint, LogError> {
        let failed = |source| LogError {
            what: "where the ledger was",
            source,
        };
        let store = self.store.root_with_last(seq).await;
        let root = store.map_err(|error| failed(Box::new(error)))?;
        let name = self.key.verifier().name();
        Checkpoint::new(name, seq + 1, root).map_err(|error| failed(Box::new(error)))
    }

    async fn prove_all(&self, places: &[u64]) -> Result<Vec<ProofFile>, LogError> {
        let proven = self.store.prove_all(places, &[], &self.key).await;
        proven
            .map(|proven| proven.entries)
            .map_err(|error| LogError {
                what: "a proof of the ledger",
                source: Box::new(error),
            })
    }
}

impl Log for DatabaseLog {
    fn checkpoint(&self, seq: u64) -> Logging<'_, Checkpoint> {
        Box::pin(self.root_at(seq))
    }

    fn prove<'a>(&'a self, places: &'a [u64]) -> Logging<'a, Vec<ProofFile>> {
        Box::pin(self.prove_all(places))
    }
}

impl DatabaseStore {
    /// The ledger's root with the entry at `seq` as its last, as it was kept with that entry.
    async fn root_with_last(&self, seq: u64) -> Result<Hash, liftlock_engine::ports::StoreError> {
        let fail = self.fail("reading the ledger");
        let (root,) = query(sql::ROOT)
            .bind(integer(seq, fail)?)
            .optional::<(Vec<u8>,)>(&mut self.reading())
            .await
            .map_err(|e| fail.sql(e))?
            .ok_or_else(|| fail.damaged(format!("entry {seq} is missing")))?;
        Hash::from_slice(&root).map_err(|e| fail.damaged(format!("the root at {seq}: {e}")))
    }
}
