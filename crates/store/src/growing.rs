//! A ledger that grows within one transaction.

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{Frontier, Hash, Subtree, leaf_hash};

use crate::db::{Connection, Value, query};
use crate::failure::Failure;
use crate::read::integer;
use crate::sql;
use crate::subtrees;

/// How many events PostgreSQL is given at once.
const EVENTS_AT_ONCE: usize = 256;

/// An event with its places and hashes.
pub(crate) struct NewEvent<'e> {
    seq: u64,
    stream: &'e str,
    version: u64,
    entry: &'e [u8],
    leaf: Hash,
    root: Hash,
}

/// The ledger's end, and what came with the new events.
pub(crate) struct Growing {
    pub(crate) frontier: Frontier,
    /// The size before.
    size: u64,
    completed: Vec<(Subtree, Hash)>,
}

impl Growing {
    pub(crate) fn new(frontier: Frontier) -> Self {
        let size = frontier.size();
        Self {
            frontier,
            size,
            completed: Vec::new(),
        }
    }

    /// The ledger's next event.
    pub(crate) fn event<'e>(
        &mut self,
        stream: &'e str,
        version: u64,
        entry: &'e [u8],
    ) -> NewEvent<'e> {
        let seq = self.frontier.size();
        let leaf = leaf_hash(entry);
        let completed = &mut self.completed;
        self.frontier.push_completing(leaf, |subtree, hash| {
            if subtrees::is_kept(subtree) {
                completed.push((subtree, hash));
            }
        });
        NewEvent {
            seq,
            stream,
            version,
            entry,
            leaf,
            root: self.frontier.root(),
        }
    }

    /// Keeps what the events came to, once they are kept themselves.
    pub(crate) async fn finish(
        self,
        write: &mut Connection,
        fail: Failure<'_>,
    ) -> Result<Frontier, StoreError> {
        subtrees::catch_up(write, self.size, fail).await?;
        for (subtree, hash) in self.completed {
            subtrees::keep(write, subtree, hash, fail).await?;
        }
        let updated = query(sql::HEAD_UPDATE)
            .bind(integer(self.frontier.size(), fail)?)
            .bind(self.frontier.to_bytes())
            .bind(self.frontier.root().as_bytes().as_slice())
            .bind(integer(self.size, fail)?)
            .execute(write)
            .await
            .map_err(|e| fail.sql(e))?;
        if updated == 1 {
            return Ok(self.frontier);
        }
        Err(fail.damaged("the ledger's head changed within a transaction"))
    }
}

/// Keeps events.
pub(crate) async fn put_events(
    write: &mut Connection,
    events: &[NewEvent<'_>],
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    if write.takes_lists() {
        for events in events.chunks(EVENTS_AT_ONCE) {
            put_list(write, events, fail).await?;
        }
        return Ok(());
    }
    for event in events {
        query(sql::EVENT_INSERT)
            .bind(integer(event.seq, fail)?)
            .bind(event.stream)
            .bind(integer(event.version, fail)?)
            .bind(event.entry)
            .bind(event.leaf.as_bytes().as_slice())
            .bind(event.root.as_bytes().as_slice())
            .execute(write)
            .await
            .map_err(|e| fail.sql(e))?;
    }
    Ok(())
}

async fn put_list(
    write: &mut Connection,
    events: &[NewEvent<'_>],
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let numbers = |number: fn(&NewEvent<'_>) -> u64| {
        let numbers = events.iter().map(|event| integer(number(event), fail));
        numbers.collect::<Result<Vec<i64>, _>>()
    };
    let bytes = |bytes: fn(&NewEvent<'_>) -> Vec<u8>| events.iter().map(bytes).collect();
    let streams = events.iter().map(|event| event.stream.to_owned()).collect();
    query(sql::EVENT_INSERT)
        .bind(Value::Integers(numbers(|event| event.seq)?))
        .bind(Value::Texts(streams))
        .bind(Value::Integers(numbers(|event| event.version)?))
        .bind(Value::Blobs(bytes(|event| event.entry.to_vec())))
        .bind(Value::Blobs(bytes(|event| event.leaf.as_bytes().to_vec())))
        .bind(Value::Blobs(bytes(|event| event.root.as_bytes().to_vec())))
        .execute(write)
        .await
        .map_err(|e| fail.sql(e))?;
    Ok(())
}
