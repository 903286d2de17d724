//! Where checkpoints are published.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use liftlock_ledger::SavedCheckpoint;

use super::git;
use crate::failure::Failure;
use crate::verbs::log::trust::read_text;

/// The branch where none is named: nobody has it checked out.
const BRANCH: &str = "liftlock-checkpoints";

/// A place for checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A file, which holds the newest.
    File(PathBuf),
    /// A branch of a repository on this machine, with a commit for each.
    Git {
        /// The repository, bare or not.
        repository: PathBuf,
        /// The branch.
        branch: String,
    },
}

impl Target {
    /// What is published there; `None` where nothing is yet.
    pub(super) async fn read(&self) -> Result<Option<String>, Failure> {
        match self {
            Self::File(path) if path.symlink_metadata().is_err() => Ok(None),
            Self::File(path) => read_text(path, SavedCheckpoint::BYTES_MAX).map(Some),
            Self::Git { repository, branch } => git::read(repository, branch).await,
        }
    }

    /// Publishes a checkpoint of `size` entries.
    pub(super) async fn write(&self, text: &str, size: u64) -> Result<(), Failure> {
        match self {
            Self::File(path) => replace(path, text).map_err(|error| {
                let message = format!("{} cannot be written: {error}", path.display());
                Failure::failed("publish", message)
            }),
            Self::Git { repository, branch } => git::commit(repository, branch, text, size).await,
        }
    }
}

/// After a crash there is the old checkpoint or the new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let mut file = std::fs::File::create(&part)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    written
        .and_then(|()| std::fs::rename(&part, path))
        .inspect_err(|_| {
            // The first error counts.
            _ = std::fs::remove_file(&part);
        })
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(place) = text.strip_prefix("git:") else {
            return match text {
                "" | "-" => Err("it is a file, or git:REPOSITORY[#BRANCH]".to_owned()),
                path => Ok(Self::File(path.into())),
            };
        };
        let (repository, branch) = place.rsplit_once('#').unwrap_or((place, BRANCH));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        if repository.is_empty() || branch.is_empty() || !branch.chars().all(plain) {
            return Err("it is git:REPOSITORY[#BRANCH], with a plain name of a branch".to_owned());
        }
        if repository.contains("://") {
            return Err(
                "the repository is a folder on this machine; push it from there".to_owned(),
            );
        }
        Ok(Self::Git {
            repository: repository.into(),
            branch: branch.to_owned(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => fmt::Display::fmt(&path.display(), f),
            Self::Git { repository, branch } => write!(f, "git:{}#{branch}", repository.display()),
        }
    }
}
