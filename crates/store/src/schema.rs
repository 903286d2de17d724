//! The tables, and how a state gets from one version to the next.

/// SQLite's `application_id` of a Liftlock state: `LFTL` in ASCII.
pub const APPLICATION_ID: i64 = 0x4c46_544c;

/// The newest schema version known here, kept as SQLite's `user_version`.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// One step of the tables from a version to the next.
///
/// Servers of two versions work on one database side by side while they are exchanged one by one,
/// so a migration only adds: tables, columns that may be left out, indexes. What an older version
/// says must still be understood, and what it leaves out must not be missed. What is to go, goes in
/// a later version, once nobody uses it any more.
pub(crate) struct Migration {
    /// What SQLite is told. It sets `user_version` too.
    pub(crate) sqlite: &'static str,
    /// What PostgreSQL is told, in the schema `liftlock`. The table of versions is not its matter.
    pub(crate) postgres: &'static str,
    /// The oldest version that still works on PostgreSQL with these tables. A migration that only
    /// adds has that of the one before.
    pub(crate) compatible: i64,
}

/// Migration n leads from version n to n + 1. Never changed once released, only added to.
///
/// PostgreSQL began when SQLite was at version 5: its migrations before are empty.
pub(crate) const MIGRATIONS: [Migration; 9] = [
    Migration {
        sqlite: CREATE,
        postgres: "",
        compatible: 5,
    },
    Migration {
        sqlite: SNAPSHOTS,
        postgres: "",
        compatible: 5,
    },
    Migration {
        sqlite: OBSERVATIONS,
        postgres: "",
        compatible: 5,
    },
    Migration {
        sqlite: PROOFS,
        postgres: "",
        compatible: 5,
    },
    Migration {
        sqlite: NUMBERS,
        postgres: crate::postgres::CREATE,
        compatible: 5,
    },
    Migration {
        sqlite: crate::identity::SQLITE,
        postgres: crate::identity::POSTGRES,
        compatible: 5,
    },
    Migration {
        sqlite: crate::hooks::SQLITE,
        postgres: crate::hooks::POSTGRES,
        compatible: 5,
    },
    Migration {
        sqlite: crate::once::SQLITE,
        postgres: crate::once::POSTGRES,
        compatible: 5,
    },
    Migration {
        sqlite: crate::workers::SQLITE,
        postgres: crate::workers::POSTGRES,
        compatible: 5,
    },
];

/// `events.root` is the ledger's root with that event as its last: it lets a verification name the
/// first entry that is not the one appended.
const CREATE: &str = "
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY CHECK (seq >= 0),
    stream  TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    entry   BLOB NOT NULL CHECK (length(entry) <= 65535),
    leaf    BLOB NOT NULL CHECK (length(leaf) = 32),
    root    BLOB NOT NULL CHECK (length(root) = 32),
    UNIQUE (stream, version)
) STRICT;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never updated'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TABLE ledger_head (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    size     INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB NOT NULL,
    root     BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
INSERT INTO ledger_head (id, size, frontier, root) VALUES
    (1, 0, x'', x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
CREATE TABLE leases (
    name  TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL CHECK (epoch >= 1)
) STRICT;
CREATE TABLE blobs (
    digest TEXT PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT;
PRAGMA application_id = 0x4c46544c;
PRAGMA user_version = 1;
";

/// One snapshot a stream: a copy that can be dropped at any time.
const SNAPSHOTS: &str = "
CREATE TABLE snapshots (
    stream  TEXT PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1),
    fold    INTEGER NOT NULL CHECK (fold >= 0),
    last    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    state   BLOB NOT NULL
) STRICT;
PRAGMA user_version = 2;
";

/// How checks ended while a release was watched. Rows can be dropped at any time.
const OBSERVATIONS: &str = "
CREATE TABLE observations (
    stream      TEXT NOT NULL,
    environment TEXT NOT NULL,
    check_name  TEXT NOT NULL,
    at          INTEGER NOT NULL,
    promotion   TEXT NOT NULL,
    passed      INTEGER NOT NULL CHECK (passed IN (0, 1)),
    summary     TEXT NOT NULL
) STRICT;
CREATE INDEX observations_by_check ON observations (stream, environment, check_name, at);
PRAGMA user_version = 3;
";

/// Copies of what the ledger says, which can be dropped at any time: roots of full subtrees, and
/// the proofs of promotions.
const PROOFS: &str = "
CREATE TABLE subtrees (
    level INTEGER NOT NULL CHECK (level >= 1),
    place INTEGER NOT NULL CHECK (place >= 0),
    hash  BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE proofs (
    id          INTEGER PRIMARY KEY,
    stream      TEXT NOT NULL,
    promotion   TEXT NOT NULL,
    environment TEXT NOT NULL,
    committed   BLOB NOT NULL,
    ended       BLOB NOT NULL,
    settled     INTEGER NOT NULL CHECK (settled IN (0, 1)),
    UNIQUE (stream, promotion)
) STRICT;
CREATE INDEX proofs_unsettled ON proofs (stream, environment) WHERE settled = 0;
PRAGMA user_version = 4;
";

/// Observations have numbers, one after the other in each environment: by them an event says which
/// ones it sums.
const NUMBERS: &str = "
CREATE TABLE numbered (
    stream      TEXT NOT NULL,
    environment TEXT NOT NULL,
    n           INTEGER NOT NULL CHECK (n >= 1),
    check_name  TEXT NOT NULL,
    at          INTEGER NOT NULL,
    promotion   TEXT NOT NULL,
    passed      INTEGER NOT NULL CHECK (passed IN (0, 1)),
    summary     TEXT NOT NULL,
    PRIMARY KEY (stream, environment, n)
) STRICT;
INSERT INTO numbered SELECT stream, environment,
    ROW_NUMBER() OVER (PARTITION BY stream, environment ORDER BY rowid),
    check_name, at, promotion, passed, summary FROM observations;
DROP TABLE observations;
ALTER TABLE numbered RENAME TO observations;
CREATE INDEX observations_by_check ON observations (stream, environment, check_name, n);
CREATE INDEX observations_by_age ON observations (stream, environment, check_name, at);
PRAGMA user_version = 5;
";
