//! Why an archive is not written or not used, in words a user can act on.

use liftlock_air_gap::{ArchiveError, Blame, ExportError};
use liftlock_verbs::{Exit, Failure};

use crate::verbs::image::{copy_failure, layout_failure};

pub(super) fn archive_failure(error: ArchiveError) -> Failure {
    let blame = error.blame();
    let (message, code) = (error.to_string(), code(&error));
    match error {
        ArchiveError::Layout(error) if blame == Blame::Reading => layout_failure(error),
        _ => {
            let exit = match blame {
                Blame::Reading => Exit::Failed,
                Blame::Trust => Exit::Refused,
                Blame::Content => Exit::Mismatch,
            };
            Failure::new(exit, code, message)
        }
    }
}

fn code(error: &ArchiveError) -> &'static str {
    match error {
        ArchiveError::Layout(_) => "archive",
        ArchiveError::Image(_) | ArchiveError::Damaged { .. } => "damaged",
        ArchiveError::Attestations(_) => "attestations",
        ArchiveError::NoRelease { .. } => "no-release",
        ArchiveError::Form { .. } | ArchiveError::TooMany => "form",
        ArchiveError::Document(_) => "document",
        ArchiveError::Unreached { .. } => "unreached",
        ArchiveError::Disagrees { .. } => "disagrees",
        ArchiveError::Proof { .. } | ArchiveError::Checkpoints { .. } => "proof",
        ArchiveError::Pinned(_) | ArchiveError::OtherLog { .. } => "checkpoint",
        ArchiveError::Fork { .. } | ArchiveError::OtherRoot { .. } => "fork",
        ArchiveError::Older { .. } => "older",
        ArchiveError::NotContinued { .. } => "not-continued",
        ArchiveError::Attestation { .. } => "attestation",
        ArchiveError::NotSigned { .. } => "not-signed",
    }
}

pub(super) fn export_failure(error: ExportError) -> Failure {
    let message = error.to_string();
    match error {
        ExportError::Image { key, source } => {
            let failure = copy_failure(*source);
            Failure {
                message: format!("the image {key}: {}", failure.message),
                ..failure
            }
        }
        ExportError::Gone { .. } => Failure::failed("not-found", message),
        ExportError::TooMany { .. } | ExportError::TooLarge { .. } | ExportError::Manifest(_) => {
            Failure::failed("limit", message)
        }
        ExportError::Layout(error) => layout_failure(error),
        ExportError::Tag(_) => Failure::usage(message),
        ExportError::BrokenOff(_) => Failure::failed("broken-off", message),
    }
}
