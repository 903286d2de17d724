//! Tags that belong to images by their names: cosign's, and the fallback tag of referrers.

mod names;
mod search;

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Digest, Repository, Tag};

use crate::client::Client;

pub(crate) use names::among;
pub(crate) use search::CompanionSearch;

impl Client {
    /// The tags that belong to one of `subjects` by name, each with its subject: `sha256-<hex>`,
    /// and that with `.sig`, `.att` or `.sbom`.
    ///
    /// One request where the repository has no more tags than one page of their list. Otherwise
    /// the list is entered where the companions would be, whatever the number of tags: one more
    /// request, or one for each subject where they lie far apart. A registry whose list cannot be
    /// entered is asked for each name.
    pub async fn companion_tags(
        &self,
        repository: &Repository,
        subjects: &[Digest],
    ) -> Result<Vec<(Tag, Digest)>, RegistryError> {
        CompanionSearch::new(self, repository, None)
            .of(subjects)
            .await
    }
}
