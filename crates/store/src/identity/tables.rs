//! The table of identity records.

/// Zero in `used` and `ended` is never: nothing of ours was before 1971.
pub(crate) const SQLITE: &str = "
CREATE TABLE identity_records (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 300),
    owner   TEXT NOT NULL,
    value   TEXT NOT NULL CHECK (length(value) <= 32768),
    made    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_records_owned ON identity_records (kind, owner, made) WHERE ended = 0;
CREATE INDEX identity_records_by_end ON identity_records (kind, expires);
PRAGMA user_version = 6;
";

/// The same.
pub(crate) const POSTGRES: &str = r#"
CREATE TABLE identity_records (
    kind    TEXT COLLATE "C" NOT NULL,
    id      TEXT COLLATE "C" NOT NULL CHECK (length(id) BETWEEN 1 AND 300),
    owner   TEXT COLLATE "C" NOT NULL,
    value   TEXT NOT NULL CHECK (length(value) <= 32768),
    made    BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    ended   BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
) WITH (fillfactor = 80);
CREATE INDEX identity_records_owned ON identity_records (kind, owner, made) WHERE ended = 0;
CREATE INDEX identity_records_by_end ON identity_records (kind, expires);
"#;
