//! Where checkpoints are published.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use liftlock_delivery::RemoteFile;
use liftlock_engine::ports::DeliveryError;
use liftlock_ledger::SavedCheckpoint;
use liftlock_verbs::Failure;

use super::git;
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
    /// A branch of a repository elsewhere, to which each is pushed.
    Remote {
        /// The repository, as git is told it.
        repository: String,
        /// The branch.
        branch: String,
    },
}

/// What a place holds, and what is put upon it.
pub(super) enum Held<'a> {
    /// A file's or local branch's.
    Here(Option<String>),
    /// That of a branch elsewhere.
    Remote(Box<(RemoteFile<'a>, liftlock_delivery::Held)>),
}

impl Held<'_> {
    /// The checkpoint; `None` where there is none yet.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Here(text) => text.as_deref(),
            Self::Remote(remote) => remote.1.text(),
        }
    }
}

impl Target {
    /// What is published there.
    pub(super) async fn read(&self) -> Result<Held<'_>, Failure> {
        Ok(match self {
            Self::File(path) if path.symlink_metadata().is_err() => Held::Here(None),
            Self::File(path) => Held::Here(Some(read_text(path, SavedCheckpoint::BYTES_MAX)?)),
            Self::Git { repository, branch } => Held::Here(git::read(repository, branch).await?),
            Self::Remote { repository, branch } => {
                if has_password(repository) {
                    // It is not repeated: whoever reads the message would read the password.
                    let message = "the address of the repository has a password in it";
                    let help = "leave it to git's credential helper, which git asks by itself";
                    return Err(Failure::usage(message).hint(help));
                }
                let place = (repository.as_str(), branch.as_str());
                let remote = RemoteFile::open(Path::new("."), place, git::FILE).await;
                let remote = remote.map_err(|error| self.failed(&error))?;
                let held = remote.look().await.map_err(|error| self.failed(&error))?;
                Held::Remote(Box::new((remote, held)))
            }
        })
    }

    /// Publishes a checkpoint of `size` entries upon what was read; `false` where somebody else
    /// was faster, and what is there now has to be looked at.
    pub(super) async fn write(
        &self,
        upon: &Held<'_>,
        text: &str,
        size: u64,
    ) -> Result<bool, Failure> {
        if let Held::Remote(remote) = upon {
            let (remote, held) = &**remote;
            let put = remote.put(held, text, &git::message(size)).await;
            return put.map_err(|error| self.failed(&error));
        }
        match self {
            Self::File(path) => replace(path, text).map_err(|error| {
                let message = format!("{} cannot be written: {error}", path.display());
                Failure::failed("publish", message)
            })?,
            Self::Git { repository, branch } => git::commit(repository, branch, text, size).await?,
            Self::Remote { .. } => {}
        }
        Ok(true)
    }

    fn failed(&self, error: &DeliveryError) -> Failure {
        Failure::failed("publish", format!("{self}: {error}"))
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
        if repository.is_empty()
            || repository.starts_with('-')
            || branch.is_empty()
            || !branch.chars().all(plain)
        {
            return Err("it is git:REPOSITORY[#BRANCH], with a plain name of a branch".to_owned());
        }
        let branch = branch.to_owned();
        if is_elsewhere(repository) {
            let repository = repository.to_owned();
            return Ok(Self::Remote { repository, branch });
        }
        Ok(Self::Git {
            repository: repository.into(),
            branch,
        })
    }
}

/// Whether git would go to another place for it: an address, or `HOST:PATH` as ssh has it.
fn is_elsewhere(repository: &str) -> bool {
    let host = repository.split_once(':').map(|(host, _)| host);
    repository.contains("://") || host.is_some_and(|host| !host.contains('/'))
}

fn has_password(repository: &str) -> bool {
    let rest = repository.split_once("://").map_or("", |(_, rest)| rest);
    let place = rest.split('/').next().unwrap_or_default();
    let user = place.rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':') || repository.starts_with("http"))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => fmt::Display::fmt(&path.display(), f),
            Self::Git { repository, branch } => write!(f, "git:{}#{branch}", repository.display()),
            Self::Remote { repository, branch } => write!(f, "git:{repository}#{branch}"),
        }
    }
}
