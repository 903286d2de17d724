//! Why a layout cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use liftlock_oci::Digest;

/// Why a layout, a folder or an archive, did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// Reading or writing failed.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Not a layout, or a part of it is not what it must be.
    #[error("{path} is not an OCI image layout: {message}")]
    NotALayout {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A blob is not there.
    #[error("{path}: {digest} is not there; write or copy it again")]
    Missing {
        /// Where it would be.
        path: PathBuf,
        /// The blob.
        digest: Digest,
    },
    /// The layout has images, and not the one that was named.
    #[error("{path} has no image {name}; it has {choices}")]
    Unknown {
        /// The layout.
        path: PathBuf,
        /// What was named: `:TAG` or `@DIGEST`.
        name: String,
        /// What is there.
        choices: String,
    },
    /// A name is that of more than one image, or none was named and there are several.
    #[error("{path} has more than one {what}; name one of them by tag or digest: {choices}")]
    Several {
        /// The layout.
        path: PathBuf,
        /// What there is more than one of.
        what: String,
        /// What is there.
        choices: String,
    },
    /// The layout has no image.
    #[error("{path} has no image")]
    Empty {
        /// The layout.
        path: PathBuf,
    },
    /// Another process keeps the lock that a write needs.
    #[error("{path} is locked by another process that writes into this layout; try again later")]
    Busy {
        /// The locked file.
        path: PathBuf,
    },
    /// A file is over the limit for its kind.
    #[error("{path} has more than {limit} bytes")]
    Size {
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A blob's bytes are not those of its name.
    #[error("{path}: {digest} is damaged: {message}; write or copy it again")]
    Damaged {
        /// The file, or its place in an archive.
        path: PathBuf,
        /// The blob.
        digest: Digest,
        /// What is wrong.
        message: String,
    },
}

impl LayoutError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn not_a_layout(path: &Path, message: &str) -> Self {
        Self::NotALayout {
            path: path.to_owned(),
            message: message.to_owned(),
        }
    }
}
