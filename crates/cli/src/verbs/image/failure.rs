//! Why the data plane stopped, in words a user can act on.

use liftlock_engine::ports::RegistryError;
use liftlock_registry::attestations::AttestationsError;
use liftlock_registry::{CopyError, LayoutError, PlaceError};
use liftlock_verbs::{Exit, Failure};

/// A registry that refuses to move a tag has refused, and did not fail.
pub(super) fn registry_failure(error: RegistryError) -> Failure {
    let immutable = matches!(error, RegistryError::Immutable { .. });
    let failure = Failure::from(error);
    Failure {
        exit: if immutable {
            Exit::Refused
        } else {
            failure.exit
        },
        ..failure
    }
}

pub(in crate::verbs) fn layout_failure(error: LayoutError) -> Failure {
    let code = match &error {
        LayoutError::Io { .. } => "io",
        LayoutError::NotALayout { .. } => "not-a-layout",
        LayoutError::Missing { .. } | LayoutError::Unknown { .. } | LayoutError::Empty { .. } => {
            "not-found"
        }
        LayoutError::Several { .. } => "several",
        LayoutError::Busy { .. } => "locked",
        LayoutError::Size { .. } => "size",
        LayoutError::Damaged { .. } => "damaged",
    };
    Failure::failed(code, error.to_string())
}

pub(super) fn place_failure(error: PlaceError) -> Failure {
    match error {
        PlaceError::Registry(error) => registry_failure(error),
        PlaceError::Layout(error) => layout_failure(error),
        PlaceError::Tag { .. } => Failure::new(Exit::Refused, "tag", error.to_string()),
        PlaceError::Absent { .. } => Failure::failed("not-found", error.to_string()),
        PlaceError::Damaged { .. } => Failure::failed("damaged", error.to_string()),
        PlaceError::ReadOnly { .. } => Failure::usage(error.to_string()),
        PlaceError::BrokenOff { .. } => Failure::failed("broken-off", error.to_string()),
    }
}

/// A source that cannot be read, or an image that is not as it must be. Failed destinations are
/// told where it is known what became of the others.
pub(in crate::verbs) fn copy_failure(error: CopyError) -> Failure {
    let message = error.to_string();
    match error {
        CopyError::Source { source, .. } => {
            let damaged = source.is_damage();
            // It names the source itself; and what is only read refuses nothing.
            let mut failure = place_failure(source);
            failure.exit = Exit::Failed;
            if damaged {
                failure.hint = Some("`liftlock image verify` lists all that is damaged".into());
            }
            failure
        }
        CopyError::Platform { .. } => Failure::new(Exit::Usage, "platform", message),
        CopyError::Shape { .. } => Failure::failed("shape", message),
        CopyError::Limit { .. } => Failure::failed("limit", message),
        CopyError::Destinations { .. } => Failure::failed("destinations", message),
    }
}

/// What is beside an image cannot be read, or nothing can be put there.
pub(in crate::verbs) fn attestations_failure(error: AttestationsError) -> Failure {
    let message = error.to_string();
    match error {
        AttestationsError::Place(error) => place_failure(error),
        AttestationsError::TooMany { .. } | AttestationsError::TooLarge { .. } => {
            Failure::failed("limit", message)
        }
        AttestationsError::Shape { .. } => Failure::failed("shape", message),
        AttestationsError::Overwritten { .. } => Failure::failed("overwritten", message),
    }
}
