//! Roots of full subtrees of the ledger, so that a proof is made without reading all leaves.
//!
//! Kept are the subtrees of 256, 256², ... entries: those of which C2SP's hash tiles are made
//! (tlog-tiles, "Merkle Tree"). They are a copy of what the leaves say. A proof made with them is
//! checked against the ledger's root before it is given away, and `verify` compares each with the
//! entries; where some are missing, those that are appended next fill them in.

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{Hash, Subtree, root};

use crate::db::{Connection, query};
use crate::failure::Failure;
use crate::read::integer;
use crate::sql;

/// How many levels of the tree lie between two that are kept: a tile's height.
pub(crate) const HEIGHT: u8 = 8;

/// How many leaves are read at once: full subtrees of the lowest level that is kept.
const LEAVES: u64 = 1 << 12;

/// Whether a subtree is one of those that are kept.
pub(crate) const fn is_kept(subtree: Subtree) -> bool {
    subtree.level > 0 && subtree.level.is_multiple_of(HEIGHT)
}

/// Keeps a subtree's root.
pub(crate) async fn keep(
    write: &mut Connection,
    subtree: Subtree,
    hash: Hash,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    query(sql::SUBTREE_PUT)
        .bind(i64::from(subtree.level))
        .bind(integer(subtree.index, fail)?)
        .bind(hash.as_bytes().as_slice())
        .execute(write)
        .await
        .map_err(|e| fail.sql(e))?;
    Ok(())
}

/// Fills in what is missing at the end, up to a ledger of `size` entries: all of it in a state from
/// before there was this copy.
pub(crate) async fn catch_up(
    write: &mut Connection,
    size: u64,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    for level in (HEIGHT..u64::BITS as u8).step_by(usize::from(HEIGHT)) {
        let whole = size >> level;
        if whole == 0 {
            break;
        }
        let (last,) = query(sql::SUBTREE_LAST)
            .bind(i64::from(level))
            .one::<(Option<i64>,)>(write)
            .await
            .map_err(|e| fail.sql(e))?;
        let first = last.map_or(0, |last| last.cast_unsigned() + 1);
        for index in first..whole {
            let subtree = Subtree { level, index };
            let hash = hash(write, subtree, fail).await?;
            keep(write, subtree, hash, fail).await?;
        }
    }
    Ok(())
}

/// A full subtree's root: from those that are kept of it, or from its leaves where one is missing.
pub(crate) async fn hash(
    read: &mut Connection,
    subtree: Subtree,
    fail: Failure<'_>,
) -> Result<Hash, StoreError> {
    let mut level = subtree.level / HEIGHT * HEIGHT;
    while level > 0 {
        let count = 1u64 << (subtree.level - level);
        let kept = kept(read, level, subtree.index * count, count, fail).await?;
        if kept.len() as u64 == count {
            return Ok(root(&kept));
        }
        level -= HEIGHT;
    }
    of_leaves(read, subtree, fail).await
}

/// Up to `count` kept subtrees of a level, from `first` on. None in a state that an older version
/// made and nobody has written since.
pub(crate) async fn kept(
    read: &mut Connection,
    level: u8,
    first: u64,
    count: u64,
    fail: Failure<'_>,
) -> Result<Vec<Hash>, StoreError> {
    let found = query(sql::SUBTREES)
        .bind(i64::from(level))
        .bind(integer(first, fail)?)
        .bind(integer(first + count, fail)?)
        .all::<(Vec<u8>,)>(read)
        .await;
    let rows = match found {
        Err(error) if fail.lacks_table(&error) => return Ok(Vec::new()),
        found => found.map_err(|e| fail.sql(e))?,
    };
    hashes(&rows, first, fail)
}

/// Those that are kept of subtrees which are not whole in a ledger of `size` entries: there is
/// nothing to keep of them. The first, where there is one.
pub(crate) async fn beyond(
    read: &mut Connection,
    size: u64,
    fail: Failure<'_>,
) -> Result<Option<(u8, u64)>, StoreError> {
    for level in (HEIGHT..u64::BITS as u8 - 1).step_by(usize::from(HEIGHT)) {
        let found = query(sql::SUBTREE_LAST)
            .bind(i64::from(level))
            .one::<(Option<i64>,)>(read)
            .await;
        let (last,) = match found {
            Err(error) if fail.lacks_table(&error) => return Ok(None),
            found => found.map_err(|e| fail.sql(e))?,
        };
        if let Some(last) = last
            .map(i64::cast_unsigned)
            .filter(|last| *last >= size >> level)
        {
            return Ok(Some((level, last)));
        }
    }
    Ok(None)
}

async fn of_leaves(
    read: &mut Connection,
    subtree: Subtree,
    fail: Failure<'_>,
) -> Result<Hash, StoreError> {
    let (mut next, to) = subtree.leaves();
    let mut roots = Vec::new();
    while next < to {
        let until = to.min(next + LEAVES);
        let rows = query(sql::LEAVES)
            .bind(integer(next, fail)?)
            .bind(integer(until, fail)?)
            .all::<(Vec<u8>,)>(read)
            .await
            .map_err(|e| fail.sql(e))?;
        let leaves = hashes(&rows, next, fail)?;
        if leaves.len() as u64 != until - next {
            return Err(fail.damaged(format!("an entry from {next} on is missing")));
        }
        roots.push(root(&leaves));
        next = until;
    }
    // Equal full subtrees, a power of two of them: their root is one over their roots.
    Ok(root(&roots))
}

fn hashes(rows: &[(Vec<u8>,)], first: u64, fail: Failure<'_>) -> Result<Vec<Hash>, StoreError> {
    let hashes = rows.iter().map(|(row,)| Hash::from_slice(row));
    let hashes: Result<Vec<Hash>, _> = hashes.collect();
    hashes.map_err(|e| fail.damaged(format!("the hashes from {first} on: {e}")))
}
