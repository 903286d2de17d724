//! Reading streams and the ledger.

use liftlock_engine::ports::{StoreError, StoredEntry};
use liftlock_ledger::{Frontier, Hash, leaf_hash};

use crate::database::DatabaseStore;
use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::sql;

/// The most entries [`DatabaseStore::entries`] gives at once.
pub const ENTRIES_PAGE_MAX: u32 = 1024;

/// The ledger's size and root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerHead {
    /// The number of entries.
    pub size: u64,
    /// The root over them (RFC 6962).
    pub root: Hash,
}

/// One entry with its place in its stream and in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Its place in the ledger, from 0.
    pub seq: u64,
    /// Its stream.
    pub stream: String,
    /// Its place in its stream, from 1.
    pub version: u64,
    /// The exact bytes.
    pub bytes: Vec<u8>,
}

/// Size, frontier and root.
pub(crate) type HeadColumns = (i64, Vec<u8>, Vec<u8>);

/// The kept head.
pub(crate) struct Head {
    pub(crate) frontier: Frontier,
    pub(crate) root: Hash,
}

/// An event's row as it is kept, not yet believed.
pub(crate) struct Row {
    pub(crate) entry: LedgerEntry,
    pub(crate) leaf: Vec<u8>,
    pub(crate) root: Vec<u8>,
}

impl DatabaseStore {
    /// The ledger's size and root, as kept.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be read.
    pub async fn ledger_head(&self) -> Result<LedgerHead, StoreError> {
        let fail = self.fail("reading the ledger's head");
        let mut read = self.reading();
        let head = head(&mut read, fail).await?;
        Ok(LedgerHead {
            size: head.frontier.size(),
            root: head.root,
        })
    }

    /// Up to `limit` entries from place `from` on, in the ledger's order. At most
    /// [`ENTRIES_PAGE_MAX`] at once: ask again from the last one's place plus 1.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be read, `Damaged` where an entry is not the one
    /// that was appended.
    pub async fn entries(&self, from: u64, limit: u32) -> Result<Vec<LedgerEntry>, StoreError> {
        let fail = self.fail("reading the ledger");
        let mut read = self.reading();
        let rows = page(&mut read, from, limit.min(ENTRIES_PAGE_MAX), fail).await?;
        rows.into_iter()
            .map(|row| {
                check_leaf(&row.entry.bytes, &row.leaf, row.entry.seq, fail)?;
                Ok(row.entry)
            })
            .collect()
    }

    pub(crate) async fn stream_names(&self) -> Result<Vec<String>, StoreError> {
        let names = query(sql::STREAMS)
            .all::<(String,)>(&mut self.reading())
            .await;
        let names = names.map_err(|e| self.fail("listing streams").sql(e))?;
        Ok(names.into_iter().map(|(name,)| name).collect())
    }

    pub(crate) async fn load_stream(
        &self,
        stream: &str,
        after: u64,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let fail = self.fail("loading a stream");
        // Versions are signed 64-bit numbers in the database: nothing can lie beyond.
        let Some(first) = i64::try_from(after)
            .ok()
            .and_then(|after| after.checked_add(1))
        else {
            return Ok(Vec::new());
        };
        let rows = query(sql::STREAM_LOAD)
            .bind(stream)
            .bind(first)
            .all::<(i64, i64, Vec<u8>, Vec<u8>)>(&mut self.reading())
            .await
            .map_err(|e| fail.sql(e))?;
        let mut entries = Vec::with_capacity(rows.len());
        for (expected, (version, seq, bytes, leaf)) in (first.cast_unsigned()..).zip(rows) {
            let (version, seq) = (version.cast_unsigned(), seq.cast_unsigned());
            // A state is never folded from events that are not all there, or not as appended.
            if version != expected {
                let missing = format!("{stream} lacks its version {expected}; verify the ledger");
                return Err(fail.damaged(missing));
            }
            check_leaf(&bytes, &leaf, seq, fail)?;
            entries.push(StoredEntry {
                version,
                seq,
                bytes,
            });
        }
        Ok(entries)
    }
}

pub(crate) fn check_leaf(
    bytes: &[u8],
    leaf: &[u8],
    seq: u64,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    if leaf_hash(bytes).as_bytes() == leaf {
        return Ok(());
    }
    Err(fail.damaged(format!(
        "entry {seq} was changed after it was appended; verify the ledger"
    )))
}

pub(crate) async fn head(
    connection: &mut Connection,
    fail: Failure<'_>,
) -> Result<Head, StoreError> {
    let row = query(sql::HEAD).optional::<HeadColumns>(connection).await;
    let row = row.map_err(|e| fail.sql(e))?;
    Head::of(row, fail)
}

impl Head {
    /// What is kept of it, not yet believed.
    pub(crate) fn of(row: Option<HeadColumns>, fail: Failure<'_>) -> Result<Self, StoreError> {
        let missing = || fail.damaged("the ledger's head is missing");
        let (size, frontier, root) = row.ok_or_else(missing)?;
        let wrong = |e: String| fail.damaged(format!("the ledger's head: {e}"));
        let size = u64::try_from(size).map_err(|e| wrong(e.to_string()))?;
        let frontier = Frontier::from_bytes(size, &frontier).map_err(|e| wrong(e.to_string()))?;
        let root = Hash::from_slice(&root).map_err(|e| wrong(e.to_string()))?;
        if frontier.root() != root {
            return Err(wrong("its hashes do not give its root".to_owned()));
        }
        Ok(Self { frontier, root })
    }
}

pub(crate) async fn page(
    connection: &mut Connection,
    from: u64,
    limit: u32,
    fail: Failure<'_>,
) -> Result<Vec<Row>, StoreError> {
    type Columns = (i64, String, i64, Vec<u8>, Vec<u8>, Vec<u8>);
    let rows = query(sql::EVENTS_PAGE)
        .bind(integer(from, fail)?)
        .bind(limit)
        .all::<Columns>(connection)
        .await
        .map_err(|e| fail.sql(e))?;
    let row = |(seq, stream, version, bytes, leaf, root): Columns| Row {
        entry: LedgerEntry {
            seq: seq.cast_unsigned(),
            stream,
            version: version.cast_unsigned(),
            bytes,
        },
        leaf,
        root,
    };
    Ok(rows.into_iter().map(row).collect())
}

pub(crate) fn integer(value: u64, fail: Failure<'_>) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|e| fail.other(e))
}
