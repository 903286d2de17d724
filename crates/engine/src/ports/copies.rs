//! Copies of images between repositories, as the engine needs them.

use std::error::Error as StdError;
use std::sync::Arc;

use liftlock_oci::{Digest, PinnedRef, Repository, Tag};
use serde::{Deserialize, Serialize};

/// An image to bring to repositories, with everything that refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyImage {
    /// Where it comes from. Each of its blobs is read there at most once, whatever the number of
    /// repositories.
    pub image: PinnedRef,
    /// Where it goes. One that is the image's own is not copied to, and only gets the keep-tag.
    pub to: Vec<Repository>,
    /// A tag that is written once: to each repository that the image is in completely.
    pub keep: Option<Tag>,
}

/// What a copy did in one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTo {
    /// The repository.
    pub repository: Repository,
    /// How many blobs were written.
    pub written: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many blobs the registry mounted from another of its repositories.
    pub mounted: u64,
    /// How many blobs were there before.
    pub there: u64,
    /// How many manifests were written.
    pub manifests: u64,
    /// Tags of signatures and attestations that were left as they are: the repository has some
    /// under them that the source does not have.
    pub left: Vec<String>,
}

/// How far a copy is, over all its repositories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyProgress {
    /// Blobs that are where they go.
    pub blobs: u64,
    /// All blobs, as far as they are known.
    pub of_blobs: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// All bytes to read, as far as they are known.
    pub of_bytes: u64,
}

/// Where a copy tells how far it is: often, and from several tasks.
pub type CopyReport = Arc<dyn Fn(&CopyProgress) + Send + Sync>;

/// What is behind a failure.
type Cause = Box<dyn StdError + Send + Sync>;

/// Why an image did not get everywhere it was to go. No keep-tag is where the image is not.
#[derive(Debug, thiserror::Error)]
pub enum CopyFailed {
    /// It cannot be read where it comes from.
    #[error("{what} cannot be read: {source}")]
    Source {
        /// The image, or a part of it.
        what: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// It is not an image that can be copied as it is, or over a limit.
    #[error("{image} cannot be copied: {message}")]
    Image {
        /// The image.
        image: PinnedRef,
        /// What is wrong.
        message: String,
    },
    /// It is not in these repositories; in the others it is.
    #[error("{}", failures(failed))]
    Destinations {
        /// The repositories, each with the reason.
        failed: Vec<(String, Cause)>,
    },
    /// The keep-tag holds another image.
    #[error("{repository}:{tag} holds {}, not {digest}", found.map_or_else(|| "nothing".to_owned(), |found| found.to_string()))]
    Kept {
        /// The repository.
        repository: Repository,
        /// The tag.
        tag: Tag,
        /// What it should hold.
        digest: Digest,
        /// What it holds.
        found: Option<Digest>,
    },
}

fn failures(failed: &[(String, Cause)]) -> String {
    let each = failed
        .iter()
        .map(|(place, error)| format!("{place} did not take the copy: {error}"));
    each.collect::<Vec<_>>().join("; ")
}
