//! The registries, as the engine needs them.

use std::error::Error as StdError;
use std::future::Future;

use liftlock_oci::{Digest, Image, PinnedRef, Reference, Repository, Tag};

use super::{CopiedTo, CopyFailed, CopyImage, CopyReport};

/// The registries a pipeline's images live in. Every operation can be run again.
pub trait Registries: Send + Sync {
    /// Resolves a reference to a digest, and finds its platforms: an index's children must be
    /// present too. A reference with a digest resolves to that digest; if it carries a tag as
    /// well, the tag's digest is reported beside it.
    fn resolve(
        &self,
        reference: &Reference,
    ) -> impl Future<Output = Result<Resolved, RegistryError>> + Send;

    /// The digest a tag points to now; `None` where there is no such tag.
    fn tag_digest(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> impl Future<Output = Result<Option<Digest>, RegistryError>> + Send;

    /// Whether the manifest with this digest is present.
    fn is_present(
        &self,
        image: &PinnedRef,
    ) -> impl Future<Output = Result<bool, RegistryError>> + Send;

    /// Brings an image to repositories, with everything that refers to it: complete in each before
    /// its keep-tag is written there. What is there already is not written again.
    fn copy(
        &self,
        request: &CopyImage,
        report: CopyReport,
    ) -> impl Future<Output = Result<Vec<CopiedTo>, CopyFailed>> + Send;

    /// Points `tag` at the image, after looking that it still points at `expected` (`None`: no
    /// such tag) and before reading back what the registry then says. A tag that already points
    /// at the image is done. Moves no blob.
    fn write_tag(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        expected: Option<Digest>,
    ) -> impl Future<Output = Result<TagWrite, RegistryError>> + Send;

    /// Takes back a tag that did not exist before, where it still points at `ours`. Deletes the
    /// tag only: a registry that could delete no tag without its manifest is left as it is.
    fn remove_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        ours: Digest,
    ) -> impl Future<Output = Result<Untagged, RegistryError>> + Send;
}

/// What a reference was resolved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The image and its platforms.
    pub image: Image,
    /// Where the reference named both tag and digest, what the tag points at now.
    pub tag_digest: Option<Digest>,
}

/// How a tag write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagWrite {
    /// The tag pointed at the image before.
    Unchanged,
    /// The tag was written, and the registry confirms it.
    Written,
    /// Before the write the tag pointed somewhere else than expected: nothing was written.
    Moved {
        /// What it pointed at.
        found: Option<Digest>,
    },
    /// After the write the tag points somewhere else: someone else wrote it at the same time.
    Lost {
        /// What it points at.
        found: Option<Digest>,
    },
}

/// How the removal of a tag ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untagged {
    /// The tag is gone.
    Removed,
    /// There was no such tag.
    Absent,
    /// It points at something that is not ours, and was left.
    NotOurs(Digest),
    /// The registry has no way to delete a tag alone; it was left.
    Unsupported,
}

/// Why a registry did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No such repository, tag or manifest.
    #[error("{what} is not in the registry")]
    NotFound {
        /// The reference.
        what: String,
    },
    /// The credentials were missing or refused.
    #[error("{registry} refused access to {what}: {message}")]
    Denied {
        /// The registry's host.
        registry: String,
        /// The repository or reference.
        what: String,
        /// What the registry said, or which login is missing.
        message: String,
    },
    /// The registry does not let this tag be changed.
    #[error("{registry} does not let the tag {tag} be moved: {message}")]
    Immutable {
        /// The registry's host.
        registry: String,
        /// The tag.
        tag: String,
        /// What the registry said.
        message: String,
    },
    /// No connection, or an answer that makes no sense, after the retries allowed.
    #[error("{registry} cannot be reached: {message}")]
    Unreachable {
        /// The registry's host.
        registry: String,
        /// What went wrong last.
        message: String,
        /// The cause.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The registry's content is not what it should be.
    #[error("{what} is not usable: {message}")]
    Content {
        /// The reference.
        what: String,
        /// What is wrong.
        message: String,
    },
    /// Any other answer.
    #[error("{registry} answered {status} for {what}: {message}")]
    Status {
        /// The registry's host.
        registry: String,
        /// The HTTP status.
        status: u16,
        /// The reference.
        what: String,
        /// What the registry said.
        message: String,
    },
}
