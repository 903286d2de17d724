//! The tables as PostgreSQL has them.

/// The same tables as SQLite's at version 5. Names of streams and the like are sorted by their
/// bytes, as everywhere else. A lease has a holder and an end here, by the database's clock in
/// microseconds since 1970.
pub(crate) const CREATE: &str = r#"
CREATE TABLE events (
    seq     BIGINT PRIMARY KEY CHECK (seq >= 0),
    stream  TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    entry   BYTEA NOT NULL CHECK (octet_length(entry) <= 65535),
    leaf    BYTEA NOT NULL CHECK (octet_length(leaf) = 32),
    root    BYTEA NOT NULL CHECK (octet_length(root) = 32),
    CONSTRAINT events_stream_version UNIQUE (stream, version)
);
CREATE FUNCTION events_are_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed or taken away (%)', TG_OP;
END
$$;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_never_changed();
CREATE TRIGGER events_are_not_deleted BEFORE DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_never_changed();
CREATE TABLE ledger_head (
    id       BIGINT PRIMARY KEY CHECK (id = 1),
    size     BIGINT NOT NULL CHECK (size >= 0),
    frontier BYTEA NOT NULL,
    root     BYTEA NOT NULL CHECK (octet_length(root) = 32)
) WITH (fillfactor = 10);
INSERT INTO ledger_head (id, size, frontier, root) VALUES
    (1, 0, '', '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
CREATE TABLE leases (
    name    TEXT COLLATE "C" PRIMARY KEY,
    epoch   BIGINT NOT NULL CHECK (epoch >= 1),
    holder  TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE blobs (
    digest TEXT COLLATE "C" PRIMARY KEY,
    bytes  BYTEA NOT NULL
);
CREATE TABLE snapshots (
    stream  TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version >= 1),
    fold    BIGINT NOT NULL CHECK (fold >= 0),
    last    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    state   BYTEA NOT NULL
);
CREATE TABLE subtrees (
    level BIGINT NOT NULL CHECK (level >= 1),
    place BIGINT NOT NULL CHECK (place >= 0),
    hash  BYTEA NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, place)
);
CREATE TABLE proofs (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream      TEXT COLLATE "C" NOT NULL,
    promotion   TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    committed   BYTEA NOT NULL,
    ended       BYTEA NOT NULL,
    settled     BIGINT NOT NULL CHECK (settled IN (0, 1)),
    UNIQUE (stream, promotion)
);
CREATE INDEX proofs_unsettled ON proofs (stream, environment) WHERE settled = 0;
CREATE TABLE observations (
    stream      TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL,
    n           BIGINT NOT NULL CHECK (n >= 1),
    check_name  TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    promotion   TEXT NOT NULL,
    passed      BIGINT NOT NULL CHECK (passed IN (0, 1)),
    summary     BYTEA NOT NULL,
    PRIMARY KEY (stream, environment, n)
);
CREATE INDEX observations_by_check ON observations (stream, environment, check_name, n);
CREATE INDEX observations_by_age ON observations (stream, environment, check_name, at);
"#;
