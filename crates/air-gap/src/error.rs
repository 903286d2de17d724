//! Why an archive is not used.

use std::path::PathBuf;

use liftlock_attest::WhyNot;
use liftlock_ledger::{ContinuationError, ProofFileError, SignedCheckpointError};
use liftlock_oci::{Digest, ManifestError};
use liftlock_registry::attestations::AttestationsError;
use liftlock_registry::{CopyError, LayoutError, PlaceError};

use crate::media_types::RELEASE_TAG;
use crate::{CONTINUED_MAX, DocumentError, ENTRIES_MAX, PROOFS_BYTES_MAX};

/// Why an archive is not used. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file is no archive, or not a whole one.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// An image in it cannot be read.
    #[error(transparent)]
    Image(Box<CopyError>),
    /// The attestations beside an image cannot be read.
    #[error(transparent)]
    Attestations(Box<AttestationsError>),
    /// It holds no release.
    #[error("{} holds no release: nothing in it has the tag {RELEASE_TAG}; images alone are copied with `liftlock image copy`", .path.display())]
    NoRelease {
        /// The file.
        path: PathBuf,
    },
    /// Something of the release's artifact is not as it must be.
    #[error("{what} is not as an export writes it: {problem}")]
    Form {
        /// What.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The document cannot be read.
    #[error("the release's document: {0}")]
    Document(#[from] DocumentError),
    /// A blob is missing, or is not what its digest says.
    #[error(
        "{count} of its blobs are missing or damaged, the first: {first}; get the archive again"
    )]
    Damaged {
        /// How many.
        count: usize,
        /// What is wrong with the first.
        #[source]
        first: Box<PlaceError>,
    },
    /// It holds more than belongs to the release.
    #[error(
        "{count} of its blobs belong to no image of the release and to nothing that refers to one, the first {first}; an export has none"
    )]
    Unreached {
        /// How many.
        count: usize,
        /// The first, by digest.
        first: Digest,
    },
    /// Two parts of it say different things.
    #[error("it contradicts itself: {what} is {one}, and {other}")]
    Disagrees {
        /// What they are about.
        what: String,
        /// What the document says.
        one: String,
        /// What the other says, and which that is.
        other: String,
    },
    /// A proof proves nothing.
    #[error("{title} proves nothing: {source}")]
    Proof {
        /// The proof.
        title: String,
        /// Why.
        #[source]
        source: Box<ProofFileError>,
    },
    /// The ledger's checkpoints differ.
    #[error(
        "{title} is of another checkpoint than the proofs before it; an export proves everything against one"
    )]
    Checkpoints {
        /// The first proof that differs.
        title: String,
    },
    /// The pinned checkpoint is not by the log's key.
    #[error("the checkpoint that is known: {0}")]
    Pinned(#[source] Box<SignedCheckpointError>),
    /// The pinned checkpoint is another log's.
    #[error("the checkpoint that is known is of the log {known}, and the archive is of {found}")]
    OtherLog {
        /// The pinned checkpoint's.
        known: String,
        /// The archive's.
        found: String,
    },
    /// The log is not the one whose checkpoint is known.
    #[error(
        "its ledger is a fork: it does not continue the checkpoint of {known} entries that is known: {source}"
    )]
    Fork {
        /// The pinned checkpoint's size.
        known: u64,
        /// Why.
        #[source]
        source: Box<ContinuationError>,
    },
    /// Of the same size, and another.
    #[error(
        "its ledger is a fork: with {known} entries it has another root than the checkpoint that is known"
    )]
    OtherRoot {
        /// The size of both.
        known: u64,
    },
    /// The archive is from before.
    #[error(
        "its ledger has {found} entries, and the checkpoint that is known has {known} already: the archive is older than that; export it again, or leave the checkpoint out"
    )]
    Older {
        /// The archive's size.
        found: u64,
        /// The pinned checkpoint's size.
        known: u64,
    },
    /// It does not say how it continues.
    #[error(
        "nothing in it shows that its ledger of {found} entries continues the checkpoint of {known} that is known; export it again with --from and that checkpoint"
    )]
    NotContinued {
        /// The archive's size.
        found: u64,
        /// The pinned checkpoint's size.
        known: u64,
    },
    /// More entries than are read.
    #[error(
        "it proves more than {ENTRIES_MAX} entries, continues more than {CONTINUED_MAX} checkpoints, or has over {PROOFS_BYTES_MAX} bytes of proofs"
    )]
    TooMany,
    /// Something signed with a key that is trusted is not what it seems.
    #[error("{states} beside {image} is not to be believed: {why}")]
    Attestation {
        /// The image.
        image: Digest,
        /// What it is listed as.
        states: String,
        /// Why.
        #[source]
        why: Box<WhyNot>,
    },
    /// Nothing that is trusted is said of an image.
    #[error("nothing beside {image} ({key}) is signed with a key that was given{}", listed(.why_not))]
    NotSigned {
        /// The image's key.
        key: String,
        /// The image.
        image: Digest,
        /// Why what is there does not count.
        why_not: Vec<String>,
    },
}

/// Who or what is to blame for an archive that is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// It cannot be read here.
    Reading,
    /// Nobody who is trusted stands for it.
    Trust,
    /// It is not what it says, or not what was written.
    Content,
}

impl ArchiveError {
    /// Who or what is to blame.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Layout(LayoutError::Io { .. }) => Blame::Reading,
            Self::Document(DocumentError::Version(_)) | Self::NoRelease { .. } => Blame::Reading,
            Self::NotSigned { .. } | Self::NotContinued { .. } | Self::Older { .. } => Blame::Trust,
            _ => Blame::Content,
        }
    }

    pub(crate) fn form(what: impl Into<String>, problem: impl ToString) -> Self {
        Self::Form {
            what: what.into(),
            problem: problem.to_string(),
        }
    }
}

impl From<CopyError> for ArchiveError {
    fn from(error: CopyError) -> Self {
        Self::Image(Box::new(error))
    }
}

impl From<AttestationsError> for ArchiveError {
    fn from(error: AttestationsError) -> Self {
        Self::Attestations(Box::new(error))
    }
}

impl From<ManifestError> for ArchiveError {
    fn from(error: ManifestError) -> Self {
        Self::form("a manifest", error)
    }
}

/// How many reasons a message holds.
const REASONS_SHOWN_MAX: usize = 5;

fn listed(reasons: &[String]) -> String {
    let shown = reasons.iter().take(REASONS_SHOWN_MAX);
    let lines: String = shown.map(|reason| format!("\n  {reason}")).collect();
    match reasons.len().saturating_sub(REASONS_SHOWN_MAX) {
        0 => lines,
        more => format!("{lines}\n  and {more} more"),
    }
}
