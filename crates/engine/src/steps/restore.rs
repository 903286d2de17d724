//! Putting a tag back, if it still points at our image.

use liftlock_core::decide::StepResult;
use liftlock_oci::{Digest, Repository, Tag};

use super::tag::named;
use crate::execute::{done, not_done};
use crate::ports::{Registries, RegistryError, TagWrite, Untagged};

pub(super) async fn run<R: Registries>(
    registries: &R,
    (repository, tag): (&Repository, &Tag),
    ours: Digest,
    to: Option<Digest>,
) -> StepResult {
    let place = format!("{repository}:{tag}");
    let Some(to) = to else {
        return match registries.remove_tag(repository, tag, ours).await {
            Ok(Untagged::Removed | Untagged::Absent) => done(format!("{place} is gone again")),
            Ok(Untagged::NotOurs(found)) => done(format!(
                "{place} was left: someone else has moved it to {found}"
            )),
            Ok(Untagged::Unsupported) => done(format!(
                "{place} was left at {ours}: it did not exist before, and the registry cannot delete a tag alone"
            )),
            Err(error) => not_done(error.to_string()),
        };
    };
    match registries
        .write_tag(&repository.pinned(to), tag, Some(ours))
        .await
    {
        Ok(TagWrite::Unchanged | TagWrite::Written) => done(format!("{place} is back at {to}")),
        Ok(TagWrite::Moved { found } | TagWrite::Lost { found }) => done(format!(
            "{place} was left: someone else has moved it ({})",
            named(found)
        )),
        // What the tag pointed at before is gone: there is nothing to put back.
        Err(RegistryError::NotFound { .. }) => done(format!(
            "{place} was left at {ours}: {to} is gone from the registry"
        )),
        Err(error) => not_done(error.to_string()),
    }
}
