//! The ledger's entries, read ahead of what is compared, a page of them as one row.
//!
//! A row for each entry costs more in handing it from SQLite's thread to ours than in reading it.
//! So the columns of a page are joined by the database, taken apart and checked entry by entry on
//! threads of their own. A page in which anything is not as it should be is nothing here: which
//! entry it is, and what is wrong with it, is found by reading its rows.

use std::sync::Arc;

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{Hash, canonical, leaf_hash};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn, spawn_blocking};

use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::read::{LedgerEntry, integer};
use crate::sql;

/// How many entries a page has: as many as a subtree of the lowest level that is kept.
pub(crate) const PAGE: u64 = 256;

/// How many pages are read and not yet compared. Entries are under 64 KiB, so a page is under
/// 16 MiB.
const AHEAD: usize = 4;

/// An entry that is whole in itself: its bytes have the hash that is kept with them, are canonical,
/// and speak of the place they are kept at.
pub(crate) struct Sound {
    pub(crate) entry: LedgerEntry,
    pub(crate) leaf: Hash,
    /// The ledger's root with it as the last, as it is kept, not yet compared.
    pub(crate) root: Hash,
}

/// What entries are asked: whether their bytes speak of the place they are kept at.
pub(crate) type Belongs = dyn Fn(&LedgerEntry) -> bool + Send + Sync;

type Checked = JoinHandle<Option<Vec<Sound>>>;

/// The pages, in order.
pub(crate) struct Pages {
    checked: mpsc::Receiver<Result<Checked, StoreError>>,
    reader: JoinHandle<Connection>,
}

impl Pages {
    /// Begins to read the first `size` entries.
    pub(crate) fn read(read: Connection, place: &str, size: u64, belongs: Arc<Belongs>) -> Self {
        let (send, checked) = mpsc::channel(AHEAD);
        let place = place.to_owned();
        let reader = spawn(async move {
            let fail = Failure::new(&place, "verifying the ledger");
            let mut read = read;
            let mut next = 0;
            while next < size {
                let until = size.min(next + PAGE);
                let job = match joined(&mut read, (next, until), fail).await {
                    Ok(page) => {
                        let belongs = Arc::clone(&belongs);
                        Ok(spawn_blocking(move || page.sound((next, until), &*belongs)))
                    }
                    Err(error) => Err(error),
                };
                // Nobody waits for more once something is wrong.
                if send.send(job).await.is_err() {
                    break;
                }
                next = until;
            }
            read
        });
        Self { checked, reader }
    }

    /// The next page; `None` at the end, and where a page has to be read row by row.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Sound>>, StoreError> {
        match self.checked.recv().await {
            Some(job) => Ok(job?.await.unwrap_or_default()),
            None => Ok(None),
        }
    }

    /// The transaction that was read in; `None` where its task did not end well.
    pub(crate) async fn end(self) -> Option<Connection> {
        drop(self.checked);
        self.reader.await.ok()
    }
}

/// A page's columns, each joined: how many entries, then their streams, versions, bytes, hashes
/// and roots.
struct Joined(Columns);

type Columns = (i64, Vec<u8>, String, Vec<u8>, Vec<u8>, Vec<u8>);

async fn joined(
    read: &mut Connection,
    (from, until): (u64, u64),
    fail: Failure<'_>,
) -> Result<Joined, StoreError> {
    let columns = query(sql::EVENTS_JOINED)
        .bind(integer(from, fail)?)
        .bind(integer(until, fail)?)
        .one::<Columns>(read)
        .await;
    columns.map(Joined).map_err(|e| fail.sql(e))
}

impl Joined {
    /// The page's entries, where each is sound. That there are as many parts as rows means that no
    /// part has the separator in it: canonical JSON never has.
    fn sound(self, (from, until): (u64, u64), belongs: &Belongs) -> Option<Vec<Sound>> {
        let Self((rows, streams, versions, entries, leaves, roots)) = self;
        let count = usize::try_from(until - from).ok()?;
        let entries: Vec<&[u8]> = entries.split(|byte| *byte == b'\n').collect();
        let streams: Vec<&[u8]> = streams.split(|byte| *byte == b'\n').collect();
        let versions: Vec<&str> = versions.split('\n').collect();
        let (leaves, rest) = leaves.as_chunks::<{ Hash::BYTES }>();
        let (roots, more) = roots.as_chunks::<{ Hash::BYTES }>();
        let counts = [
            entries.len(),
            streams.len(),
            versions.len(),
            leaves.len(),
            roots.len(),
        ];
        let as_many = counts.iter().all(|found| *found == count);
        if rows.cast_unsigned() != until - from || !as_many || !rest.is_empty() || !more.is_empty()
        {
            return None;
        }
        let mut sound = Vec::with_capacity(count);
        for (at, seq) in (from..until).enumerate() {
            let entry = LedgerEntry {
                seq,
                stream: str::from_utf8(streams[at]).ok()?.to_owned(),
                version: versions[at].parse().ok()?,
                bytes: entries[at].to_vec(),
            };
            let leaf = leaf_hash(&entry.bytes);
            let is_sound = leaf.as_bytes() == &leaves[at]
                && canonical::is_canonical(&entry.bytes)
                && belongs(&entry);
            if !is_sound {
                return None;
            }
            let root = Hash::from_bytes(roots[at]);
            sound.push(Sound { entry, leaf, root });
        }
        Some(sound)
    }
}
