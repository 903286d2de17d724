//! Every statement, as a constant.

pub(crate) const APPLICATION_ID: &str = "PRAGMA application_id";
pub(crate) const USER_VERSION: &str = "PRAGMA user_version";
pub(crate) const WRITE_AHEAD: &str = "PRAGMA journal_mode = WAL";
pub(crate) const INTEGRITY: &str = "PRAGMA integrity_check(1)";
pub(crate) const TABLE_COUNT: &str = "SELECT COUNT(*) FROM sqlite_schema";
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

pub(crate) const HEAD: &str = "SELECT size, frontier, root FROM ledger_head WHERE id = 1";
pub(crate) const HEAD_UPDATE: &str =
    "UPDATE ledger_head SET size = ?1, frontier = ?2, root = ?3 WHERE id = 1 AND size = ?4";

pub(crate) const LAST_EVENT: &str = "SELECT seq, root FROM events ORDER BY seq DESC LIMIT 1";
pub(crate) const STREAM_VERSION: &str =
    "SELECT COALESCE(MAX(version), 0) FROM events WHERE stream = ?1";
pub(crate) const EVENT_INSERT: &str = "INSERT INTO events (seq, stream, version, entry, leaf, root)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

// Steps from one stream's first event to the next stream's: its cost is the number of streams,
// not of events.
pub(crate) const STREAMS: &str = "WITH RECURSIVE names(name) AS (
         SELECT MIN(stream) FROM events
         UNION ALL
         SELECT (SELECT MIN(stream) FROM events WHERE stream > names.name)
         FROM names WHERE names.name IS NOT NULL
     )
     SELECT name FROM names WHERE name IS NOT NULL";
pub(crate) const STREAM_LOAD: &str = "SELECT version, seq, entry, leaf FROM events
     WHERE stream = ?1 AND version >= ?2 ORDER BY version";
pub(crate) const EVENTS_PAGE: &str = "SELECT seq, stream, version, entry, leaf, root FROM events
     WHERE seq >= ?1 ORDER BY seq LIMIT ?2";

// One row for many entries, which are in their order, or else do not fit their hashes.
pub(crate) const EVENTS_JOINED: &str = "SELECT COUNT(*),
         CAST(COALESCE(GROUP_CONCAT(stream, char(10)), '') AS BLOB),
         COALESCE(GROUP_CONCAT(version, char(10)), ''),
         CAST(COALESCE(GROUP_CONCAT(CAST(entry AS TEXT), char(10)), '') AS BLOB),
         CAST(COALESCE(GROUP_CONCAT(CAST(leaf AS TEXT), ''), '') AS BLOB),
         CAST(COALESCE(GROUP_CONCAT(CAST(root AS TEXT), ''), '') AS BLOB)
     FROM (SELECT stream, version, entry, leaf, root FROM events
           WHERE seq >= ?1 AND seq < ?2 ORDER BY seq)";

pub(crate) const LEAVES: &str = "SELECT leaf FROM events WHERE seq >= ?1 AND seq < ?2 ORDER BY seq";

pub(crate) const ROOT: &str = "SELECT root FROM events WHERE seq = ?1";

pub(crate) const SUBTREE_PUT: &str =
    "INSERT OR REPLACE INTO subtrees (level, place, hash) VALUES (?1, ?2, ?3)";
pub(crate) const SUBTREE_LAST: &str = "SELECT MAX(place) FROM subtrees WHERE level = ?1";
pub(crate) const SUBTREES: &str = "SELECT hash FROM subtrees
     WHERE level = ?1 AND place >= ?2 AND place < ?3 ORDER BY place";

pub(crate) const PROOF_INSERT: &str =
    "INSERT INTO proofs (stream, promotion, environment, committed, ended, settled)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (stream, promotion) DO NOTHING";
pub(crate) const PROOF: &str = "SELECT promotion, environment, committed, ended, settled
     FROM proofs WHERE stream = ?1 AND promotion = ?2";
pub(crate) const PROOFS_UNSETTLED: &str = "SELECT promotion, environment, committed, ended, settled
     FROM proofs WHERE stream = ?1 AND environment = ?2 AND settled = 0 ORDER BY id LIMIT ?3";
pub(crate) const PROOF_SETTLE: &str =
    "UPDATE proofs SET settled = 1 WHERE stream = ?1 AND promotion = ?2";

pub(crate) const LEASE_EPOCH: &str = "SELECT epoch FROM leases WHERE name = ?1";
pub(crate) const LEASE_TAKE: &str = "INSERT INTO leases (name, epoch) VALUES (?1, 1)
     ON CONFLICT (name) DO UPDATE SET epoch = epoch + 1 RETURNING epoch";

pub(crate) const BLOB_INSERT: &str =
    "INSERT INTO blobs (digest, bytes) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
// What is over the limit was never put here by us, and is not brought into memory.
pub(crate) const BLOB: &str =
    "SELECT CASE WHEN length(bytes) <= ?2 THEN bytes END FROM blobs WHERE digest = ?1";

pub(crate) const SNAPSHOT_PUT: &str =
    "INSERT INTO snapshots (stream, version, fold, last, digest, state)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (stream) DO UPDATE SET version = excluded.version, fold = excluded.fold,
         last = excluded.last, digest = excluded.digest, state = excluded.state";
pub(crate) const SNAPSHOT: &str = "SELECT version, fold, last, digest, state FROM snapshots
     WHERE stream = ?1 AND length(state) <= ?2";

pub(crate) const OBSERVATION_NUMBER: &str =
    "SELECT COALESCE(MAX(n), 0) FROM observations WHERE stream = ?1 AND environment = ?2";
pub(crate) const OBSERVATION_INSERT: &str =
    "INSERT INTO observations (stream, environment, n, check_name, at, promotion, passed, summary)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
// What was just kept stays, whatever its clock says: its number is the last one.
pub(crate) const OBSERVATIONS_PRUNE: &str = "DELETE FROM observations
     WHERE stream = ?1 AND environment = ?2 AND check_name = ?3 AND at < ?4 AND n < ?5";
pub(crate) const OBSERVATIONS_LAST: &str =
    "SELECT environment, MAX(n), check_name, at, promotion, passed, summary FROM observations
     WHERE stream = ?1 AND environment = ?2 GROUP BY check_name ORDER BY check_name LIMIT ?3";
pub(crate) const OBSERVATIONS_NEW: &str =
    "SELECT environment, n, check_name, at, promotion, passed, summary FROM observations
     WHERE stream = ?1 AND environment = ?2 AND n >= (SELECT MIN(n) FROM observations
         WHERE stream = ?1 AND environment = ?2 AND n > ?3 AND at > ?4)
     ORDER BY n LIMIT ?5";
pub(crate) const OBSERVATIONS_NUMBERED: &str =
    "SELECT environment, n, check_name, at, promotion, passed, summary FROM observations
     WHERE stream = ?1 AND environment = ?2 AND n >= ?3 ORDER BY n LIMIT ?4";

/// All statements that can be prepared on a state, for the test that does.
#[cfg(test)]
pub(crate) const ALL: [&str; 36] = [
    APPLICATION_ID,
    USER_VERSION,
    INTEGRITY,
    TABLE_COUNT,
    BEGIN_WRITE,
    HEAD,
    HEAD_UPDATE,
    LAST_EVENT,
    STREAM_VERSION,
    EVENT_INSERT,
    STREAMS,
    STREAM_LOAD,
    EVENTS_PAGE,
    EVENTS_JOINED,
    LEAVES,
    ROOT,
    SUBTREE_PUT,
    SUBTREE_LAST,
    SUBTREES,
    PROOF_INSERT,
    PROOF,
    PROOFS_UNSETTLED,
    PROOF_SETTLE,
    LEASE_EPOCH,
    LEASE_TAKE,
    BLOB_INSERT,
    BLOB,
    SNAPSHOT_PUT,
    SNAPSHOT,
    OBSERVATION_NUMBER,
    OBSERVATION_INSERT,
    OBSERVATIONS_PRUNE,
    OBSERVATIONS_LAST,
    OBSERVATIONS_NEW,
    OBSERVATIONS_NUMBERED,
    WRITE_AHEAD,
];

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor, SqlSafeStr, SqliteConnection};

    use crate::schema::MIGRATIONS;

    #[tokio::test]
    async fn every_statement_can_be_prepared_on_the_newest_schema() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for migration in MIGRATIONS {
            sqlx::raw_sql(migration)
                .execute(&mut connection)
                .await
                .unwrap();
        }
        for statement in super::ALL {
            let prepared = (&mut connection).prepare(statement.into_sql_str()).await;
            prepared.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
    }
}
