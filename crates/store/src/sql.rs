//! Every statement, as a constant.
//!
//! `Sql::same` is what both databases understand. What only SQLite is asked while it is opened is
//! plain text.

use crate::db::Sql;

pub(crate) const APPLICATION_ID: &str = "PRAGMA application_id";
pub(crate) const USER_VERSION: &str = "PRAGMA user_version";
pub(crate) const WRITE_AHEAD: &str = "PRAGMA journal_mode = WAL";
pub(crate) const INTEGRITY: &str = "PRAGMA integrity_check(1)";
pub(crate) const TABLE_COUNT: &str = "SELECT COUNT(*) FROM sqlite_schema";
pub(crate) const BEGIN_IMMEDIATE: &str = "BEGIN IMMEDIATE";

pub(crate) const HEAD: Sql = Sql::same("SELECT size, frontier, root FROM ledger_head WHERE id = 1");
// The ledger's head, for who appends: the last lock that an append takes, and until its end nobody
// else appends. With it comes the name of the transaction, by which PostgreSQL can be asked later
// what became of it.
pub(crate) const HEAD_LOCK: Sql = Sql::each(
    "SELECT size, frontier, root, '' FROM ledger_head WHERE id = 1",
    "SELECT size, frontier, root, pg_current_xact_id()::text FROM ledger_head WHERE id = 1 FOR UPDATE",
);
// Only PostgreSQL has to be asked.
pub(crate) const TRANSACTION_STATUS: Sql = Sql::each(
    "SELECT $1",
    "SELECT COALESCE(pg_xact_status(CAST($1 AS text)::xid8), 'unknown')",
);
/// The channel of PostgreSQL on which the streams are named that changed.
pub(crate) const CHANNEL: &str = "liftlock_changes";
pub(crate) const ALIVE: &str = "SELECT 1";
// Only PostgreSQL is asked, for a list of streams.
pub(crate) const CHANGED: Sql = Sql::each(
    "SELECT $1",
    "SELECT pg_notify('liftlock_changes', stream) FROM unnest($1::text[]) AS streams(stream)",
);
pub(crate) const HEAD_UPDATE: Sql = Sql::same(
    "UPDATE ledger_head SET size = $1, frontier = $2, root = $3 WHERE id = 1 AND size = $4",
);

pub(crate) const LAST_EVENT: Sql =
    Sql::same("SELECT seq, root FROM events ORDER BY seq DESC LIMIT 1");
pub(crate) const STREAM_VERSION: Sql =
    Sql::same("SELECT COALESCE(MAX(version), 0) FROM events WHERE stream = $1");
// One event on SQLite; on PostgreSQL many, each value a list.
pub(crate) const EVENT_INSERT: Sql = Sql::each(
    "INSERT INTO events (seq, stream, version, entry, leaf, root)
     VALUES ($1, $2, $3, $4, $5, $6)",
    "INSERT INTO events (seq, stream, version, entry, leaf, root)
     SELECT e.seq, e.stream, e.version, e.entry, e.leaf, e.root
     FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[])
         AS e(seq, stream, version, entry, leaf, root)",
);

// Steps from one stream's first event to the next stream's: its cost is the number of streams,
// not of events.
pub(crate) const STREAMS: Sql = Sql::same(
    "WITH RECURSIVE names(name) AS (
         SELECT MIN(stream) FROM events
         UNION ALL
         SELECT (SELECT MIN(stream) FROM events WHERE stream > names.name)
         FROM names WHERE names.name IS NOT NULL
     )
     SELECT name FROM names WHERE name IS NOT NULL",
);
pub(crate) const STREAM_LOAD: Sql = Sql::same(
    "SELECT version, seq, entry, leaf FROM events
     WHERE stream = $1 AND version >= $2 ORDER BY version",
);
pub(crate) const EVENTS_PAGE: Sql = Sql::same(
    "SELECT seq, stream, version, entry, leaf, root FROM events
     WHERE seq >= $1 ORDER BY seq LIMIT $2",
);

// One row for many entries, which are in their order, or else do not fit their hashes.
pub(crate) const EVENTS_JOINED: Sql = Sql::each(
    "SELECT COUNT(*),
         CAST(COALESCE(GROUP_CONCAT(stream, char(10)), '') AS BLOB),
         COALESCE(GROUP_CONCAT(version, char(10)), ''),
         CAST(COALESCE(GROUP_CONCAT(CAST(entry AS TEXT), char(10)), '') AS BLOB),
         CAST(COALESCE(GROUP_CONCAT(CAST(leaf AS TEXT), ''), '') AS BLOB),
         CAST(COALESCE(GROUP_CONCAT(CAST(root AS TEXT), ''), '') AS BLOB)
     FROM (SELECT stream, version, entry, leaf, root FROM events
           WHERE seq >= $1 AND seq < $2 ORDER BY seq)",
    "SELECT COUNT(*),
         convert_to(COALESCE(string_agg(stream, chr(10) ORDER BY seq), ''), 'UTF8'),
         COALESCE(string_agg(version::text, chr(10) ORDER BY seq), ''),
         COALESCE(string_agg(entry, '\\x0a'::bytea ORDER BY seq), ''::bytea),
         COALESCE(string_agg(leaf, ''::bytea ORDER BY seq), ''::bytea),
         COALESCE(string_agg(root, ''::bytea ORDER BY seq), ''::bytea)
     FROM events WHERE seq >= $1 AND seq < $2",
);

pub(crate) const LEAVES: Sql =
    Sql::same("SELECT leaf FROM events WHERE seq >= $1 AND seq < $2 ORDER BY seq");

pub(crate) const ROOT: Sql = Sql::same("SELECT root FROM events WHERE seq = $1");

pub(crate) const SUBTREE_PUT: Sql = Sql::same(
    "INSERT INTO subtrees (level, place, hash) VALUES ($1, $2, $3)
     ON CONFLICT (level, place) DO UPDATE SET hash = excluded.hash",
);
pub(crate) const SUBTREE_LAST: Sql = Sql::same("SELECT MAX(place) FROM subtrees WHERE level = $1");
pub(crate) const SUBTREES: Sql = Sql::same(
    "SELECT hash FROM subtrees
     WHERE level = $1 AND place >= $2 AND place < $3 ORDER BY place",
);

pub(crate) const PROOF_INSERT: Sql = Sql::same(
    "INSERT INTO proofs (stream, promotion, environment, committed, ended, settled)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (stream, promotion) DO NOTHING",
);
pub(crate) const PROOF: Sql = Sql::same(
    "SELECT promotion, environment, committed, ended, settled
     FROM proofs WHERE stream = $1 AND promotion = $2",
);
pub(crate) const PROOFS_UNSETTLED: Sql = Sql::same(
    "SELECT promotion, environment, committed, ended, settled
     FROM proofs WHERE stream = $1 AND environment = $2 AND settled = 0 ORDER BY id LIMIT $3",
);
pub(crate) const PROOF_SETTLE: Sql =
    Sql::same("UPDATE proofs SET settled = 1 WHERE stream = $1 AND promotion = $2");

// On PostgreSQL the lease's row stays as it is until the append has ended, and one that has expired
// is nobody's.
pub(crate) const LEASE_EPOCH: Sql = Sql::each(
    "SELECT epoch FROM leases WHERE name = $1",
    "SELECT epoch FROM leases WHERE name = $1
         AND expires > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FOR SHARE",
);
// Where a file is locked, the row only counts.
pub(crate) const LEASE_COUNT: Sql = Sql::each(
    "INSERT INTO leases (name, epoch) VALUES ($1, 1)
     ON CONFLICT (name) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
    LEASE_TAKE,
);
// Nothing comes back where another holds it. Whoever asks again holds it, with another epoch.
pub(crate) const LEASE_TAKE: &str = "INSERT INTO leases (name, epoch, holder, expires)
     VALUES ($1, 1, $2, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $3)
     ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder,
         expires = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $3
     WHERE leases.holder = excluded.holder
         OR leases.expires <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
     RETURNING epoch";
// One that has expired is not brought back.
pub(crate) const LEASE_RENEW: &str = "UPDATE leases
     SET expires = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $3
     WHERE name = $1 AND epoch = $2
         AND expires > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
pub(crate) const LEASE_RELEASE: &str =
    "UPDATE leases SET expires = 0 WHERE name = $1 AND epoch = $2";

// A session that is not heard of any more keeps its locks for as long as the server believes in it,
// which is hours where its network is silent. Before version 14 it cannot be told to end.
pub(crate) const CLAIM_SESSION: &str = "SELECT set_config('idle_session_timeout', $1, false)
     WHERE current_setting('idle_session_timeout', true) IS NOT NULL";
// A lock of the session, which ends with it. Two names may share a number: then one of two processes
// is kept away for nothing, and comes again.
pub(crate) const CLAIM_TAKE: &str = "SELECT pg_try_advisory_lock(hashtextextended($1, 1279677517))";
pub(crate) const CLAIM_RELEASE: &str =
    "SELECT pg_advisory_unlock(hashtextextended($1, 1279677517))";

pub(crate) const BLOB_INSERT: Sql =
    Sql::same("INSERT INTO blobs (digest, bytes) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING");
// What is over the limit was never put here by us, and is not brought into memory.
pub(crate) const BLOB: Sql =
    Sql::same("SELECT CASE WHEN length(bytes) <= $2 THEN bytes END FROM blobs WHERE digest = $1");

pub(crate) const SNAPSHOT_PUT: Sql = Sql::same(
    "INSERT INTO snapshots (stream, version, fold, last, digest, state)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (stream) DO UPDATE SET version = excluded.version, fold = excluded.fold,
         last = excluded.last, digest = excluded.digest, state = excluded.state",
);
pub(crate) const SNAPSHOT: Sql = Sql::same(
    "SELECT version, fold, last, digest, state FROM snapshots
     WHERE stream = $1 AND length(state) <= $2",
);

// Observations of one environment are numbered by one transaction at a time.
pub(crate) const OBSERVATIONS_LOCK: Sql = Sql::each(
    "SELECT $1, $2",
    "SELECT pg_advisory_xact_lock(hashtextextended(concat($1::text, chr(10), $2::text), 1279677516))",
);
pub(crate) const OBSERVATION_NUMBER: Sql = Sql::same(
    "SELECT COALESCE(MAX(n), 0) FROM observations WHERE stream = $1 AND environment = $2",
);
pub(crate) const OBSERVATION_INSERT: Sql = Sql::each(
    "INSERT INTO observations (stream, environment, n, check_name, at, promotion, passed, summary)
     VALUES ($1, $2, $3, $4, $5, $6, $7, CAST($8 AS TEXT))",
    "INSERT INTO observations (stream, environment, n, check_name, at, promotion, passed, summary)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
// What was just kept stays, whatever its clock says: its number is the last one.
pub(crate) const OBSERVATIONS_PRUNE: Sql = Sql::same(
    "DELETE FROM observations
     WHERE stream = $1 AND environment = $2 AND check_name = $3 AND at < $4 AND n < $5",
);
// A summary can be any text, also one with NUL, which PostgreSQL has as bytes alone.
pub(crate) const OBSERVATIONS_LAST: Sql = Sql::each(
    "SELECT environment, MAX(n), check_name, at, promotion, passed, CAST(summary AS BLOB)
     FROM observations WHERE stream = $1 AND environment = $2
     GROUP BY check_name ORDER BY check_name LIMIT $3",
    "SELECT DISTINCT ON (check_name) environment, n, check_name, at, promotion, passed, summary
     FROM observations WHERE stream = $1 AND environment = $2
     ORDER BY check_name, n DESC LIMIT $3",
);
pub(crate) const OBSERVATIONS_NEW: Sql = Sql::each(
    "SELECT environment, n, check_name, at, promotion, passed, CAST(summary AS BLOB)
     FROM observations WHERE stream = $1 AND environment = $2
         AND n >= (SELECT MIN(n) FROM observations
             WHERE stream = $1 AND environment = $2 AND n > $3 AND at > $4)
     ORDER BY n LIMIT $5",
    "SELECT environment, n, check_name, at, promotion, passed, summary
     FROM observations WHERE stream = $1 AND environment = $2
         AND n >= (SELECT MIN(n) FROM observations
             WHERE stream = $1 AND environment = $2 AND n > $3 AND at > $4)
     ORDER BY n LIMIT $5",
);
pub(crate) const OBSERVATIONS_NUMBERED: Sql = Sql::each(
    "SELECT environment, n, check_name, at, promotion, passed, CAST(summary AS BLOB)
     FROM observations WHERE stream = $1 AND environment = $2 AND n >= $3 ORDER BY n LIMIT $4",
    "SELECT environment, n, check_name, at, promotion, passed, summary
     FROM observations WHERE stream = $1 AND environment = $2 AND n >= $3 ORDER BY n LIMIT $4",
);

pub(crate) const RECORD_INSERT: Sql = Sql::same(
    "INSERT INTO identity_records (kind, id, owner, value, made, expires, used, ended)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, id) DO NOTHING",
);
pub(crate) const RECORD: Sql = Sql::same(
    "SELECT id, owner, value, made, expires, used, ended FROM identity_records
     WHERE kind = $1 AND id = $2",
);
pub(crate) const RECORDS_PAGE: Sql = Sql::same(
    "SELECT id, owner, value, made, expires, used, ended FROM identity_records
     WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3",
);
pub(crate) const RECORDS_OWNED: Sql = Sql::same(
    "SELECT id, owner, value, made, expires, used, ended FROM identity_records
     WHERE kind = $1 AND owner = $2 AND ended = 0 ORDER BY made, id LIMIT $3",
);
pub(crate) const RECORDS_COUNT: Sql = Sql::same(
    "SELECT COUNT(*) FROM identity_records WHERE kind = $1 AND ended = 0 AND expires > $2",
);
pub(crate) const RECORD_END: Sql =
    Sql::same("UPDATE identity_records SET ended = $3 WHERE kind = $1 AND id = $2 AND ended = 0");
pub(crate) const RECORD_TOUCH: Sql =
    Sql::same("UPDATE identity_records SET used = $3 WHERE kind = $1 AND id = $2 AND used < $3");
pub(crate) const RECORDS_PRUNE: Sql =
    Sql::same("DELETE FROM identity_records WHERE kind = $1 AND expires < $2");

/// Those that both databases are asked, for the test that prepares them.
#[cfg(test)]
pub(crate) const ALL: [Sql; 41] = [
    HEAD,
    HEAD_LOCK,
    TRANSACTION_STATUS,
    CHANGED,
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
    BLOB_INSERT,
    BLOB,
    SNAPSHOT_PUT,
    SNAPSHOT,
    OBSERVATIONS_LOCK,
    OBSERVATION_NUMBER,
    OBSERVATION_INSERT,
    OBSERVATIONS_PRUNE,
    OBSERVATIONS_LAST,
    OBSERVATIONS_NEW,
    OBSERVATIONS_NUMBERED,
    RECORD_INSERT,
    RECORD,
    RECORDS_PAGE,
    RECORDS_OWNED,
    RECORDS_COUNT,
    RECORD_END,
    RECORD_TOUCH,
    RECORDS_PRUNE,
];

#[cfg(test)]
mod tests {
    use liftlock_testkit::Postgres;
    use sqlx::{Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};

    use super::*;
    use crate::schema::MIGRATIONS;

    const SQLITE: [&str; 6] = [
        APPLICATION_ID,
        USER_VERSION,
        INTEGRITY,
        TABLE_COUNT,
        BEGIN_IMMEDIATE,
        LEASE_COUNT.sqlite,
    ];
    const POSTGRES: [&str; 5] = [
        LEASE_TAKE,
        LEASE_RENEW,
        LEASE_RELEASE,
        CLAIM_TAKE,
        CLAIM_RELEASE,
    ];

    #[tokio::test]
    async fn every_statement_can_be_prepared_on_sqlite() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for migration in MIGRATIONS {
            let made = sqlx::raw_sql(migration.sqlite)
                .execute(&mut connection)
                .await;
            made.unwrap();
        }
        let hooks = crate::hooks::sql::ALL.map(|sql| sql.sqlite);
        let once = crate::once::sql::ALL.map(|sql| sql.sqlite);
        let workers = crate::workers::ALL.map(|sql| sql.sqlite);
        let moved = crate::transfer::sql::ALL.map(|sql| sql.sqlite);
        let statements = ALL.map(|sql| sql.sqlite).into_iter().chain(SQLITE);
        let statements = statements.chain(hooks).chain(once).chain(workers);
        for statement in statements.chain(moved) {
            let prepared = (&mut connection).prepare(statement.into_sql_str()).await;
            prepared.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
    }

    #[tokio::test]
    async fn every_statement_can_be_prepared_on_postgresql() {
        let server = Postgres::shared();
        let mut connection = PgConnection::connect(&server.database()).await.unwrap();
        for migration in MIGRATIONS {
            let made = sqlx::raw_sql(migration.postgres)
                .execute(&mut connection)
                .await;
            made.unwrap();
        }
        let hooks = crate::hooks::sql::ALL.map(|sql| sql.postgres);
        let once = crate::once::sql::ALL.map(|sql| sql.postgres);
        let workers = crate::workers::ALL.map(|sql| sql.postgres);
        let moved = crate::transfer::sql::ALL.map(|sql| sql.postgres);
        let statements = ALL.map(|sql| sql.postgres).into_iter().chain(POSTGRES);
        let statements = statements.chain(hooks).chain(once).chain(workers);
        for statement in statements.chain(moved) {
            let prepared = (&mut connection).prepare(statement.into_sql_str()).await;
            prepared.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
    }
}
