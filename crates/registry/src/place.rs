//! Where images are: a repository of a registry, a layout folder, or a layout in a tar file.

mod blob_reader;
mod error;
mod file_chunks;
mod read;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use liftlock_oci::Repository;

use crate::client::Client;
use crate::layout::{Archive, Layout};

pub use blob_reader::BlobReader;
pub use error::PlaceError;
pub(crate) use write::{OpenBlob, Opening};

/// A place that holds images by digest, and tags that name them. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Place {
    /// A repository of a registry.
    Repository {
        /// The registry's client; its host is the repository's.
        client: Arc<Client>,
        /// The repository.
        repository: Repository,
    },
    /// An OCI layout folder.
    Layout {
        /// The open folder.
        layout: Arc<Layout>,
        /// Where it is, for messages.
        path: PathBuf,
    },
    /// An OCI layout in a tar file. Only read.
    Archive {
        /// The open file.
        archive: Arc<Archive>,
        /// Where it is, for messages.
        path: PathBuf,
    },
}

impl Place {
    /// Whether blobs can be mounted from `self` into `other`: two repositories of one registry.
    pub(crate) fn shares_registry_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Repository { repository: a, .. }, Self::Repository { repository: b, .. }) => {
                a.host() == b.host()
            }
            _ => false,
        }
    }

    /// Whether both are the same place.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Repository { repository: a, .. }, Self::Repository { repository: b, .. }) => {
                a == b
            }
            (Self::Layout { path: a, .. }, Self::Layout { path: b, .. })
            | (Self::Archive { path: a, .. }, Self::Archive { path: b, .. }) => a == b,
            _ => false,
        }
    }

    /// The wait before something that failed in passing is tried again here; it doubles.
    pub(crate) fn retry_delay(&self) -> Duration {
        match self {
            Self::Repository { client, .. } => client.transport.retry.delay,
            Self::Layout { .. } | Self::Archive { .. } => Duration::ZERO,
        }
    }

    /// A folder for locks that keep other processes from writing the same list.
    pub(crate) fn locks_folder(&self) -> Option<&Path> {
        match self {
            Self::Repository { client, .. } => client.locks_folder.as_deref(),
            Self::Layout { .. } | Self::Archive { .. } => None,
        }
    }

    /// The repository, where it is one.
    pub(crate) fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Repository { repository, .. } => Some(repository),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository { repository, .. } => write!(f, "{repository}"),
            Self::Layout { path, .. } | Self::Archive { path, .. } => {
                write!(f, "oci:{}", path.display())
            }
        }
    }
}
