//! Why a place did not do what it was asked.

use liftlock_engine::ports::RegistryError;

use crate::layout::LayoutError;

/// Why a place did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The registry said no, or nothing.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The folder or file cannot be used.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// There is no such image or blob.
    #[error("{what} is not there")]
    Absent {
        /// The reference.
        what: String,
    },
    /// The bytes are not those of their digest.
    #[error("{what} is damaged: {message}")]
    Damaged {
        /// The blob.
        what: String,
        /// What is wrong.
        message: String,
    },
    /// A tag holds something else than it must.
    #[error("{tag} holds {found}, not {wanted}: {message}")]
    Tag {
        /// The place and tag.
        tag: String,
        /// What it holds: a digest, or `nothing`.
        found: String,
        /// What it should hold.
        wanted: String,
        /// How that came to be, and what to do.
        message: String,
    },
    /// A tar file is only read.
    #[error("{what} is a tar file, which is only written as a whole")]
    ReadOnly {
        /// The file.
        what: String,
    },
    /// The destination took no more bytes for this long, or the work was broken off.
    #[error("{what} was broken off: {message}")]
    BrokenOff {
        /// What was written.
        what: String,
        /// Why.
        message: String,
    },
}

impl PlaceError {
    /// Whether it says that nothing of that name is there.
    pub fn is_absent(&self) -> bool {
        matches!(
            self,
            Self::Absent { .. } | Self::Registry(RegistryError::NotFound { .. })
        )
    }

    /// Whether it says that what is there is not what it should be.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::Registry(RegistryError::Content { .. })
                | Self::Layout(LayoutError::Damaged { .. })
        )
    }

    /// Whether the same may work when it is begun anew: a connection that broke, a registry that
    /// was busy, an upload whose session or token ended in the middle.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Registry(RegistryError::Unreachable { .. } | RegistryError::NotFound { .. }) => {
                true
            }
            Self::Registry(RegistryError::Status { status, .. }) => {
                // 404 and 416 end an upload whose session is gone.
                matches!(status, 401 | 404 | 408 | 416 | 429 | 500 | 502 | 503 | 504)
            }
            Self::Damaged { .. } | Self::BrokenOff { .. } => true,
            _ => false,
        }
    }
}
