//! Moving a tag: expected, written, read back.

use liftlock_core::decide::StepResult;
use liftlock_oci::{Digest, PinnedRef, Tag};

use crate::execute::{done, not_done};
use crate::ports::{Registries, TagWrite};

pub(super) async fn run<R: Registries>(
    registries: &R,
    image: &PinnedRef,
    tag: &Tag,
    expected: Option<Digest>,
) -> StepResult {
    let place = format!("{}:{tag}", image.repository);
    match registries.write_tag(image, tag, expected).await {
        Ok(TagWrite::Unchanged) => done(format!("{place} is at {} already", image.digest)),
        Ok(TagWrite::Written) => done(format!("{place} is at {}, read back", image.digest)),
        Ok(TagWrite::Moved { found }) => not_done(format!(
            "{place} was moved by someone else before we could: expected {}, found {}",
            named(expected),
            named(found)
        )),
        Ok(TagWrite::Lost { found }) => not_done(format!(
            "{place} was moved by someone else at the same time: wrote {}, then found {}",
            image.digest,
            named(found)
        )),
        Err(error) => not_done(error.to_string()),
    }
}

pub(super) fn named(digest: Option<Digest>) -> String {
    digest.map_or_else(|| "no such tag".to_owned(), |digest| digest.to_string())
}
