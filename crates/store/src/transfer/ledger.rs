//! The ledger, entry by entry.

use std::collections::HashMap;

use liftlock_ledger::{Frontier, Hash, leaf_hash};

use super::{Transfer, TransferError};
use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::growing::{Growing, put_events};
use crate::read::{ENTRIES_PAGE_MAX, Row, head, page};
use crate::sql;

/// Locks the head of a state that holds nothing.
pub(super) async fn lock_empty(
    write: &mut Connection,
    fail: Failure<'_>,
) -> Result<Frontier, TransferError> {
    type Columns = (i64, Vec<u8>, Vec<u8>, String);
    let locked = query(sql::HEAD_LOCK).optional::<Columns>(write).await;
    let size = locked.map_err(|e| fail.sql(e))?.map(|row| row.0);
    let rows = query(super::sql::ANY_ROW).one::<(i64,)>(write).await;
    let (rows,) = rows.map_err(|e| fail.sql(e))?;
    if size == Some(0) && rows == 0 {
        return Ok(Frontier::new());
    }
    let place = fail.place.to_owned();
    Err(TransferError::NotEmpty { place })
}

impl Transfer<'_> {
    /// All entries, of which the root must come to what the head that is read says.
    pub(super) async fn ledger(
        &mut self,
        frontier: Frontier,
    ) -> Result<(u64, Hash), TransferError> {
        let kept = head(&mut self.read, self.from).await?;
        let size = kept.frontier.size();
        let mut growing = Growing::new(frontier);
        let mut versions = HashMap::new();
        loop {
            let next = growing.frontier.size();
            let rows = page(&mut self.read, next, ENTRIES_PAGE_MAX, self.from).await?;
            if rows.is_empty() {
                break;
            }
            for (seq, row) in (next..).zip(&rows) {
                self.check(seq, row, &mut versions)?;
            }
            let events: Vec<_> = rows
                .iter()
                .map(|row| &row.entry)
                .map(|entry| growing.event(&entry.stream, entry.version, &entry.bytes))
                .collect();
            put_events(&mut self.write, &events, self.to).await?;
        }
        if growing.frontier.size() != size || growing.frontier.root() != kept.root {
            return Err(self.changed("its entries do not come to the ledger's root"));
        }
        if size > 0 {
            growing.finish(&mut self.write, self.to).await?;
        }
        Ok((size, kept.root))
    }

    /// That an entry is the ledger's and its stream's next, with the hash that was kept.
    fn check(
        &self,
        seq: u64,
        row: &Row,
        versions: &mut HashMap<String, u64>,
    ) -> Result<(), TransferError> {
        let entry = &row.entry;
        let last = versions.get(&entry.stream).copied().unwrap_or(0);
        if entry.seq != seq || entry.version != last + 1 {
            return Err(self.changed(format!("entry {seq} is missing, or not in its place")));
        }
        if leaf_hash(&entry.bytes).as_bytes().as_slice() != row.leaf {
            return Err(self.changed(format!("entry {seq} was changed")));
        }
        match versions.get_mut(&entry.stream) {
            Some(last) => *last = entry.version,
            None => drop(versions.insert(entry.stream.clone(), entry.version)),
        }
        Ok(())
    }
}
