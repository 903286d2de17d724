//! Tiles of the ledger, made from the state when they are asked for (C2SP tlog-tiles).

use liftlock_engine::ports::StoreError;
use liftlock_ledger::Subtree;
use liftlock_ledger::tiles::{TILE_WIDTH, TileKind, TilePath, encode_bundle};

use crate::database::DatabaseStore;
use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::read::{check_leaf, head, integer, page};
use crate::{sql, subtrees};

/// The highest level of which a ledger can have tiles: 256^8 entries are more than can be counted.
const LEVEL_MAX: u8 = 7;

impl DatabaseStore {
    /// The bytes of a tile, the same that [`export`](Self::export) writes; `None` where the ledger
    /// does not have as many entries yet. A partial tile stays to be had when the ledger has grown.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be read, `Damaged` where an entry is not the one that
    /// was appended.
    pub async fn tile(&self, path: TilePath) -> Result<Option<Vec<u8>>, StoreError> {
        let fail = self.fail("reading a tile of the ledger");
        let mut read = self.reading();
        let size = head(&mut read, fail).await?.frontier.size();
        let level = match path.kind() {
            TileKind::Entries => 0,
            TileKind::Hashes { level } if level <= LEVEL_MAX => level,
            TileKind::Hashes { .. } => return Ok(None),
        };
        let there = size >> (subtrees::HEIGHT * level);
        let first = path.index().checked_mul(TILE_WIDTH);
        let last = first.and_then(|first| first.checked_add(u64::from(path.width())));
        let Some((first, last)) = first.zip(last).filter(|(_, last)| *last <= there) else {
            return Ok(None);
        };
        match path.kind() {
            TileKind::Entries => bundle(&mut read, first, last, fail).await.map(Some),
            TileKind::Hashes { level: 0 } => leaves(&mut read, first, last, fail).await.map(Some),
            TileKind::Hashes { .. } => {
                let level = level * subtrees::HEIGHT;
                hashes(&mut read, level, (first, last), fail)
                    .await
                    .map(Some)
            }
        }
    }
}

async fn bundle(
    read: &mut Connection,
    first: u64,
    last: u64,
    fail: Failure<'_>,
) -> Result<Vec<u8>, StoreError> {
    let count = u32::try_from(last - first).map_err(|e| fail.other(e))?;
    let rows = page(read, first, count, fail).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (expected, row) in (first..).zip(rows) {
        if row.entry.seq != expected {
            return Err(missing(expected, fail));
        }
        check_leaf(&row.entry.bytes, &row.leaf, expected, fail)?;
        entries.push(row.entry.bytes);
    }
    if entries.len() as u64 != last - first {
        return Err(missing(first + entries.len() as u64, fail));
    }
    encode_bundle(&entries).map_err(|e| fail.damaged(e.to_string()))
}

async fn leaves(
    read: &mut Connection,
    first: u64,
    last: u64,
    fail: Failure<'_>,
) -> Result<Vec<u8>, StoreError> {
    let rows = query(sql::LEAVES)
        .bind(integer(first, fail)?)
        .bind(integer(last, fail)?)
        .all::<(Vec<u8>,)>(read)
        .await
        .map_err(|e| fail.sql(e))?;
    if rows.len() as u64 != last - first {
        return Err(missing(first, fail));
    }
    Ok(rows.into_iter().flat_map(|(leaf,)| leaf).collect())
}

/// Those that are kept, and what is not kept from the leaves.
async fn hashes(
    read: &mut Connection,
    level: u8,
    (first, last): (u64, u64),
    fail: Failure<'_>,
) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    for hash in subtrees::kept(read, level, first, last - first, fail).await? {
        bytes.extend_from_slice(hash.as_bytes());
    }
    if bytes.len() as u64 == (last - first) * 32 {
        return Ok(bytes);
    }
    bytes.clear();
    for index in first..last {
        let hash = subtrees::hash(read, Subtree { level, index }, fail).await?;
        bytes.extend_from_slice(hash.as_bytes());
    }
    Ok(bytes)
}

fn missing(seq: u64, fail: Failure<'_>) -> StoreError {
    fail.damaged(format!(
        "an entry from {seq} on is missing; verify the ledger"
    ))
}
