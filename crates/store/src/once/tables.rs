//! The table. `recorded` is the place in the ledger of the first entry of a request, -1 where there
//! is none; `answer` is empty where there is none yet.

pub(crate) const SQLITE: &str = "
CREATE TABLE kept_requests (
    owner    TEXT NOT NULL,
    id       TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
    digest   TEXT NOT NULL,
    holder   TEXT NOT NULL,
    begun    INTEGER NOT NULL,
    renewed  INTEGER NOT NULL,
    recorded INTEGER NOT NULL CHECK (recorded >= -1),
    answer   TEXT NOT NULL CHECK (length(answer) <= 262144),
    PRIMARY KEY (owner, id)
) STRICT;
CREATE INDEX kept_requests_by_owner ON kept_requests (owner, begun);
CREATE INDEX kept_requests_by_age ON kept_requests (begun);
PRAGMA user_version = 8;
";

/// The same.
pub(crate) const POSTGRES: &str = r#"
CREATE TABLE kept_requests (
    owner    TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL CHECK (length(id) BETWEEN 1 AND 255),
    digest   TEXT NOT NULL,
    holder   TEXT NOT NULL,
    begun    BIGINT NOT NULL,
    renewed  BIGINT NOT NULL,
    recorded BIGINT NOT NULL CHECK (recorded >= -1),
    answer   TEXT NOT NULL CHECK (length(answer) <= 262144),
    PRIMARY KEY (owner, id)
) WITH (fillfactor = 80);
CREATE INDEX kept_requests_by_owner ON kept_requests (owner, begun);
CREATE INDEX kept_requests_by_age ON kept_requests (begun);
"#;
