//! The tables. An endpoint has a place in the ledger, and for each pipeline with something to send
//! a lane; -1 is a time that is none.

pub(crate) const SQLITE: &str = "
CREATE TABLE hook_endpoints (
    name  TEXT PRIMARY KEY,
    place INTEGER NOT NULL CHECK (place >= 0)
) STRICT;
CREATE TABLE hook_lanes (
    endpoint TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    tries    INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (endpoint, pipeline)
) STRICT;
CREATE INDEX hook_lanes_due ON hook_lanes (endpoint, due);
CREATE TABLE hook_dead (
    endpoint TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    n        INTEGER NOT NULL,
    tries    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    again    INTEGER NOT NULL CHECK (again IN (0, 1)),
    PRIMARY KEY (endpoint, seq)
) STRICT;
CREATE TABLE hook_pushes (
    repository TEXT NOT NULL,
    tag        TEXT NOT NULL,
    digest     TEXT NOT NULL,
    who        TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (repository, tag)
) STRICT;
PRAGMA user_version = 7;
";

pub(crate) const POSTGRES: &str = r#"
CREATE TABLE hook_endpoints (
    name  TEXT COLLATE "C" PRIMARY KEY,
    place BIGINT NOT NULL CHECK (place >= 0)
);
CREATE TABLE hook_lanes (
    endpoint TEXT COLLATE "C" NOT NULL,
    pipeline TEXT COLLATE "C" NOT NULL,
    seq      BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    tries    BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (endpoint, pipeline)
);
CREATE INDEX hook_lanes_due ON hook_lanes (endpoint, due);
CREATE TABLE hook_dead (
    endpoint TEXT COLLATE "C" NOT NULL,
    seq      BIGINT NOT NULL,
    pipeline TEXT COLLATE "C" NOT NULL,
    n        BIGINT NOT NULL,
    tries    BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    again    BIGINT NOT NULL CHECK (again IN (0, 1)),
    PRIMARY KEY (endpoint, seq)
);
CREATE TABLE hook_pushes (
    repository TEXT COLLATE "C" NOT NULL,
    tag        TEXT COLLATE "C" NOT NULL,
    digest     TEXT NOT NULL,
    who        TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (repository, tag)
);
"#;
