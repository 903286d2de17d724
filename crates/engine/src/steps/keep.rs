//! Seeing that an image is there, and that its keep-tag holds it.

use liftlock_core::decide::StepResult;
use liftlock_oci::{PinnedRef, Tag};

use crate::execute::{done, not_done};
use crate::ports::{Registries, TagWrite};

pub(super) async fn run<R: Registries>(
    registries: &R,
    image: &PinnedRef,
    tag: Option<&Tag>,
) -> StepResult {
    let Some(tag) = tag else {
        return match registries.is_present(image).await {
            Ok(true) => done("there"),
            Ok(false) => not_done(format!("{image} is gone from the registry")),
            Err(error) => not_done(error.to_string()),
        };
    };
    match registries.write_tag(image, tag, None).await {
        Ok(TagWrite::Unchanged) => done(format!("{tag} holds it")),
        Ok(TagWrite::Written) => done(format!("{tag} was written")),
        Ok(TagWrite::Moved { found } | TagWrite::Lost { found }) => {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            not_done(format!(
                "{}:{tag} holds {found}, not {}",
                image.repository, image.digest
            ))
        }
        Err(error) => not_done(error.to_string()),
    }
}
