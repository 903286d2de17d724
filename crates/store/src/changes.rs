//! What was appended since, in the order of the ledger.

use liftlock_engine::ports::{Changes, StoreError};

use crate::database::DatabaseStore;
use crate::read::ENTRIES_PAGE_MAX;

impl DatabaseStore {
    /// One row where nothing was: whoever asks every other second costs nothing.
    pub(crate) async fn changed(&self, from: u64) -> Result<Changes, StoreError> {
        let mut changes = Changes {
            size: self.ledger_head().await?.size,
            ..Changes::default()
        };
        let mut next = from;
        while next < changes.size {
            let entries = self.entries(next, ENTRIES_PAGE_MAX).await?;
            let Some(last) = entries.last() else { break };
            next = last.seq + 1;
            for entry in entries {
                changes.pipelines.insert(entry.stream, entry.version);
            }
        }
        if from < changes.size {
            // The last page may reach beyond where the ledger ended when it was asked.
            changes.size = next;
        }
        Ok(changes)
    }
}
