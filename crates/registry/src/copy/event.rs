//! What is told while a copy goes on.

use std::sync::Arc;

use liftlock_oci::{Digest, Tag};

use crate::upload::BlobWrite;

/// Something that a user who waits wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyEvent {
    /// It is known what has to be there.
    Planned {
        /// How many different blobs are to be brought to a place, or read.
        blobs: usize,
        /// How many bytes they have.
        bytes: u64,
        /// How many times a blob is to be brought to a place: as many [`CopyEvent::Blob`] follow.
        moves: usize,
        /// How many manifests.
        manifests: usize,
        /// How many places.
        destinations: usize,
    },
    /// Bytes of a blob were read from the source.
    Bytes {
        /// Which blob.
        digest: Digest,
        /// How many since the last time.
        count: u64,
    },
    /// A blob is in a place.
    Blob {
        /// Which.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
        /// Where.
        to: String,
        /// How it came there.
        how: BlobWrite,
    },
    /// A blob is sent anew.
    Again {
        /// Which.
        digest: Digest,
        /// Where to.
        to: String,
        /// Why.
        reason: String,
    },
    /// A manifest is in a place.
    Manifest {
        /// Which.
        digest: Digest,
        /// Where.
        to: String,
        /// Under which tag, where under one.
        tag: Option<Tag>,
    },
}

/// Where it is told to.
pub type CopyReport = Arc<dyn Fn(&CopyEvent) + Send + Sync>;
