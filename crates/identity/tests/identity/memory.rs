//! Records in memory, with the store's meaning.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use liftlock_core::Time;
use liftlock_identity::{Record, RecordKind, Records, RecordsError};

#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<BTreeMap<(RecordKind, String), Record>>>);

impl Memory {
    fn all(&self, kind: RecordKind) -> Vec<Record> {
        let records = self.0.lock().unwrap();
        let of_kind = records.values().filter(|record| record.kind == kind);
        of_kind.cloned().collect()
    }

    /// Everything that is kept, as one text.
    pub(crate) fn text(&self) -> String {
        format!("{:?}", self.0.lock().unwrap())
    }
}

impl Records for Memory {
    async fn insert(&self, record: &Record) -> Result<bool, RecordsError> {
        let key = (record.kind, record.key.clone());
        let mut records = self.0.lock().unwrap();
        let is_new = !records.contains_key(&key);
        if is_new {
            records.insert(key, record.clone());
        }
        Ok(is_new)
    }

    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Record>, RecordsError> {
        let records = self.0.lock().unwrap();
        Ok(records.get(&(kind, key.to_owned())).cloned())
    }

    async fn page(
        &self,
        kind: RecordKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Record>, RecordsError> {
        let mut all = self.all(kind);
        all.retain(|record| record.key.as_str() > after);
        all.truncate(limit as usize);
        Ok(all)
    }

    async fn owned(&self, kind: RecordKind, owner: &str) -> Result<Vec<Record>, RecordsError> {
        let mut all = self.all(kind);
        all.retain(|record| record.owner == owner && record.ended.is_none());
        all.sort_by_key(|record| record.made);
        Ok(all)
    }

    async fn count(&self, kind: RecordKind, now: Time) -> Result<u64, RecordsError> {
        let live = self
            .all(kind)
            .into_iter()
            .filter(|record| record.counts(now));
        Ok(live.count() as u64)
    }

    async fn end(&self, kind: RecordKind, key: &str, at: Time) -> Result<bool, RecordsError> {
        let mut records = self.0.lock().unwrap();
        let record = records.get_mut(&(kind, key.to_owned()));
        let live = record.filter(|record| record.ended.is_none());
        Ok(live.map(|record| record.ended = Some(at)).is_some())
    }

    async fn touch(&self, kind: RecordKind, key: &str, at: Time) -> Result<(), RecordsError> {
        let mut records = self.0.lock().unwrap();
        if let Some(record) = records.get_mut(&(kind, key.to_owned())) {
            record.used = record.used.max(Some(at));
        }
        Ok(())
    }

    async fn prune(&self, kind: RecordKind, before: Time) -> Result<u64, RecordsError> {
        let mut records = self.0.lock().unwrap();
        let count = records.len();
        records.retain(|_, record| record.kind != kind || record.expires >= before);
        Ok((count - records.len()) as u64)
    }
}
