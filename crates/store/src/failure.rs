//! What the database's errors mean for who uses the state.

use std::path::Path;

use liftlock_engine::ports::StoreError;

/// Turns errors of one state file into [`StoreError`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure<'a> {
    pub(crate) path: &'a Path,
    /// What was being done, as in "appending".
    pub(crate) doing: &'a str,
}

impl<'a> Failure<'a> {
    pub(crate) const fn new(path: &'a Path, doing: &'a str) -> Self {
        Self { path, doing }
    }

    fn path(self) -> String {
        self.path.display().to_string()
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

    /// Whether a table is not there: a state of an older version that is only read is not migrated.
    pub(crate) fn lacks_table(self, error: &sqlx::Error) -> bool {
        error.to_string().contains("no such table")
    }

    /// The same, or whether a column is not there.
    pub(crate) fn is_older(self, error: &sqlx::Error) -> bool {
        self.lacks_table(error) || error.to_string().contains("no such column")
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

    /// A file operation's error.
    pub(crate) fn io(self, error: std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                self.read_only(error.to_string())
            }
            _ => self.other(error),
        }
    }

    /// A database error, by SQLite's primary result code (sqlite.org/rescode.html).
    pub(crate) fn sql(self, error: sqlx::Error) -> StoreError {
        match result_code(&error) {
            // 15: others kept changing the locks of the log while it was opened.
            Some(5 | 6 | 15) => StoreError::Locked { path: self.path() },
            Some(8) => self.read_only(error.to_string()),
            Some(11) => self.damaged(error.to_string()),
            Some(13) => self.read_only("the disk is full"),
            Some(14) => self.read_only(
                "SQLite cannot open it or the log it keeps beside it; \
                 the file and its folder must be writable",
            ),
            Some(26) => self.not_state("it is not a SQLite database"),
            _ => match error {
                sqlx::Error::PoolTimedOut => StoreError::Locked { path: self.path() },
                sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
                    self.damaged(error.to_string())
                }
                error => self.other(error),
            },
        }
    }
}

/// SQLite's primary result code, where the database itself said no.
pub(crate) fn result_code(error: &sqlx::Error) -> Option<i64> {
    let code: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
