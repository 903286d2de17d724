//! Why a scenario could not be played, as opposed to a check that did not hold.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What went wrong around the product.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(
        "this needs root: packages are installed, and interop runs a docker daemon; try `sudo`"
    )]
    NotRoot,
    #[error("no scenario of that name; there are {0}")]
    NoScenario(String),
    #[error("`{word}` means nothing here; usage: {usage}")]
    Misused { word: String, usage: String },
    #[error("{} has {free} bytes free, and this needs {bytes}", folder.display())]
    NoRoom {
        folder: PathBuf,
        free: u64,
        bytes: u64,
    },
    #[error("no peer of that name; there are {0}")]
    NoPeer(String),
    #[error("neither XDG_CACHE_HOME nor HOME says where to keep programs")]
    NoHome,
    #[error("`{0}` is missing, and apt has no package for it: install it by hand")]
    Missing(&'static str),
    #[error("cannot start `{program}`: {source}")]
    Start { program: String, source: io::Error },
    #[error("`{program}` ended with {status}:\n{said}")]
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
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{what}: {source}")]
    Network { what: String, source: io::Error },
    #[error("cannot read what {what} wrote: {found:?}")]
    Answer { what: String, found: String },
}

impl Trouble {
    /// The error of a file operation.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// The error of a network operation.
    pub(crate) fn network(what: &str) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_owned();
        move |source| Self::Network { what, source }
    }

    /// The error for an answer that makes no sense.
    pub(crate) fn answer(what: &str, found: impl Into<String>) -> Self {
        let (what, found) = (what.to_owned(), found.into());
        Self::Answer { what, found }
    }
}
