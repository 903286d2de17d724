//! Snapshots: what a stream comes to, as a copy.

use liftlock_engine::ports::{SNAPSHOT_BYTES_MAX, Snapshot, StoreError};
use liftlock_oci::Digest;

use crate::database::DatabaseStore;
use crate::db::query;
use crate::read::integer;
use crate::sql;

impl DatabaseStore {
    pub(crate) async fn keep_snapshot(
        &self,
        stream: &str,
        snapshot: &Snapshot,
    ) -> Result<(), StoreError> {
        let fail = self.fail("keeping a snapshot");
        if snapshot.state.len() > SNAPSHOT_BYTES_MAX {
            return Ok(());
        }
        query(sql::SNAPSHOT_PUT)
            .bind(stream)
            .bind(integer(snapshot.version, fail)?)
            .bind(i64::from(snapshot.fold))
            .bind(snapshot.last.to_string())
            .bind(digest(snapshot).to_string())
            .bind(snapshot.state.as_slice())
            .execute(&mut self.writing()?)
            .await
            .map_err(|e| fail.sql(e))?;
        Ok(())
    }

    /// None too where the row is not as it was kept: the events say the same.
    pub(crate) async fn load_snapshot(&self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        let fail = self.fail("reading a snapshot");
        type Columns = (i64, i64, String, String, Vec<u8>);
        let found = query(sql::SNAPSHOT)
            .bind(stream)
            .bind(SNAPSHOT_BYTES_MAX as i64)
            .optional::<Columns>(&mut self.reading())
            .await
            .map_err(|e| fail.sql(e))?;
        Ok(found.and_then(|(version, fold, last, kept, state)| {
            let snapshot = Snapshot {
                version: version.try_into().ok()?,
                fold: fold.try_into().ok()?,
                last: last.parse().ok()?,
                state,
            };
            (digest(&snapshot).to_string() == kept).then_some(snapshot)
        }))
    }
}

/// Over all that is kept, so that no part of it stands beside another's.
fn digest(snapshot: &Snapshot) -> Digest {
    let Snapshot {
        version,
        fold,
        last,
        state,
    } = snapshot;
    let state = Digest::of(state);
    Digest::of(format!("{version} {fold} {last} {state}").as_bytes())
}
