//! Why nothing could be measured.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use liftlock_core::Refusal;
use liftlock_core::state::{ApplyError, SnapshotError};
use liftlock_engine::ports::{AppendError, StoreError};
use liftlock_engine::{CodecError, EngineError};
use liftlock_identity::{NoRandom, RecordsError};

/// What went wrong around the product, or with it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot start {program}: {source}")]
    Start { program: String, source: io::Error },
    #[error("{program} ended with {status}:\n{said}")]
    Failed {
        program: String,
        status: String,
        said: String,
    },
    #[error("{what} took longer than {} s:\n{said}", within.as_secs())]
    Timeout {
        what: String,
        within: Duration,
        said: String,
    },
    #[error("cannot read what {what} said: {found:?}")]
    Answer { what: String, found: String },
    #[error("{0}")]
    Options(String),
    #[error("making a history: {0}")]
    Text(String),
    #[error("making a history: {0}")]
    Refused(#[from] Refusal),
    #[error("making a history: {0}")]
    Apply(#[from] ApplyError),
    #[error("making a history: {0}")]
    Codec(#[from] CodecError),
    #[error("making a history: {0}")]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{source}: {}", source.source)]
    Records {
        #[from]
        source: RecordsError,
    },
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

impl Trouble {
    /// The error of a file operation.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// The error for an answer that makes no sense.
    pub(crate) fn answer(what: &str, found: impl Into<String>) -> Self {
        Self::Answer {
            what: what.to_owned(),
            found: found.into(),
        }
    }
}
