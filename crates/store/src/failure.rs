//! What the database's errors mean for who uses the state.

use liftlock_engine::ports::StoreError;
use sqlx::error::DatabaseError as _;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::db::is_lost;

/// Turns errors of one state into [`StoreError`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure<'a> {
    /// The file, or the database's address without a password.
    pub(crate) place: &'a str,
    /// What was being done, as in "appending".
    pub(crate) doing: &'a str,
}

impl<'a> Failure<'a> {
    pub(crate) const fn new(place: &'a str, doing: &'a str) -> Self {
        Self { place, doing }
    }

    fn path(self) -> String {
        self.place.to_owned()
    }

    pub(crate) fn damaged(self, message: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            path: self.path(),
            message: message.into(),
        }
    }

    pub(crate) fn not_state(self, message: impl Into<String>) -> StoreError {
        StoreError::NotState {
            path: self.path(),
            message: message.into(),
        }
    }

    pub(crate) fn read_only(self, message: impl Into<String>) -> StoreError {
        StoreError::ReadOnly {
            path: self.path(),
            message: message.into(),
        }
    }

    pub(crate) fn newer(self, found: i64, known: i64) -> StoreError {
        StoreError::Newer {
            path: self.path(),
            found,
            known,
        }
    }

    pub(crate) fn unreachable(self, message: impl Into<String>) -> StoreError {
        StoreError::Unreachable {
            path: self.path(),
            message: message.into(),
        }
    }

    pub(crate) fn unknown(self, message: impl Into<String>) -> StoreError {
        StoreError::Unknown {
            path: self.path(),
            message: message.into(),
        }
    }

    /// Whether a table is not there: a state of an older version that is only read is not migrated.
    pub(crate) fn lacks_table(self, error: &sqlx::Error) -> bool {
        says(error, "no such table", "42P01")
    }

    /// The same, or whether a column is not there.
    pub(crate) fn is_older(self, error: &sqlx::Error) -> bool {
        self.lacks_table(error) || says(error, "no such column", "42703")
    }

    /// An input that the store refuses, or a failure without a better name.
    pub(crate) fn other(
        self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        StoreError::Database {
            path: self.path(),
            message: format!("{} failed", self.doing),
            source: source.into(),
        }
    }

    /// The same error for another who waited for the same.
    pub(crate) fn again(error: &StoreError) -> StoreError {
        let path = |path: &String| path.clone();
        match error {
            StoreError::NotState { path: p, message } => StoreError::NotState {
                path: path(p),
                message: message.clone(),
            },
            StoreError::Newer {
                path: p,
                found,
                known,
            } => StoreError::Newer {
                path: path(p),
                found: *found,
                known: *known,
            },
            StoreError::Locked { path: p } => StoreError::Locked { path: path(p) },
            StoreError::ReadOnly { path: p, message } => Failure::new(p, "").read_only(message),
            StoreError::Damaged { path: p, message } => Failure::new(p, "").damaged(message),
            StoreError::Unreachable { path: p, message } => {
                Failure::new(p, "").unreachable(message)
            }
            StoreError::Silent { path: p, message } => StoreError::Silent {
                path: path(p),
                message: message.clone(),
            },
            StoreError::Remote { path: p, message } => StoreError::Remote {
                path: path(p),
                message: message.clone(),
            },
            StoreError::Unknown { path: p, message } => Failure::new(p, "").unknown(message),
            StoreError::Database {
                path: p,
                message,
                source,
            } => StoreError::Database {
                path: path(p),
                message: message.clone(),
                source: source.to_string().into(),
            },
        }
    }

    /// A file operation's error.
    pub(crate) fn io(self, error: std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                self.read_only(error.to_string())
            }
            _ => self.other(error),
        }
    }

    /// A database error, by what the database calls it.
    pub(crate) fn sql(self, error: sqlx::Error) -> StoreError {
        if let Some(code) = result_code(&error) {
            return self.sqlite(code, error);
        }
        if is_lost(&error) {
            return self.unreachable(error.to_string());
        }
        if let Some(state) = sql_state(&error) {
            return self.postgres(&state, error);
        }
        match error {
            sqlx::Error::PoolTimedOut => StoreError::Locked { path: self.path() },
            sqlx::Error::Tls(_) => self.unreachable(error.to_string()),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
                self.damaged(error.to_string())
            }
            error => self.other(error),
        }
    }

    /// By SQLite's primary result code (sqlite.org/rescode.html).
    fn sqlite(self, code: i64, error: sqlx::Error) -> StoreError {
        match code {
            // 15: others kept changing the locks of the log while it was opened.
            5 | 6 | 15 => StoreError::Locked { path: self.path() },
            8 => self.read_only(error.to_string()),
            11 => self.damaged(error.to_string()),
            13 => self.read_only("the disk is full"),
            14 => self.read_only(
                "SQLite cannot open it or the log it keeps beside it; \
                 the file and its folder must be writable",
            ),
            26 => self.not_state("it is not a SQLite database"),
            _ => self.other(error),
        }
    }

    /// By PostgreSQL's error code (postgresql.org/docs/current/errcodes-appendix.html).
    fn postgres(self, state: &str, error: sqlx::Error) -> StoreError {
        match state {
            // Waited for a lock, or for all that a statement takes, for as long as it may.
            "55P03" | "57014" => StoreError::Locked { path: self.path() },
            "25006" | "42501" => self.read_only(error.to_string()),
            "53100" => self.read_only("the disk is full"),
            // Names, passwords, no such database; too many connections.
            "28000" | "28P01" | "3D000" | "53300" => self.unreachable(error.to_string()),
            "XX001" | "XX002" => self.damaged(error.to_string()),
            _ => self.other(error),
        }
    }
}

/// SQLite's primary result code, where SQLite itself said no.
pub(crate) fn result_code(error: &sqlx::Error) -> Option<i64> {
    let said = error.as_database_error()?;
    let code: i64 = said
        .try_downcast_ref::<SqliteError>()?
        .code()?
        .parse()
        .ok()?;
    Some(code & 0xff)
}

/// PostgreSQL's error code, where PostgreSQL itself said no.
pub(crate) fn sql_state(error: &sqlx::Error) -> Option<String> {
    let said = error
        .as_database_error()?
        .try_downcast_ref::<PgDatabaseError>()?;
    Some(said.code().to_owned())
}

fn says(error: &sqlx::Error, sqlite: &str, postgres: &str) -> bool {
    match sql_state(error) {
        Some(state) => state == postgres,
        None => error.to_string().contains(sqlite),
    }
}
