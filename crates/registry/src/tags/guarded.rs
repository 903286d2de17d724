//! The tag guard: look, write, read back.

use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{Digest, PinnedRef, Repository, Tag};

use super::put::{WRITES_MAX, is_in_doubt};
use crate::auth::scope::Access;
use crate::client::Client;
use crate::manifests::Name;

impl Client {
    /// Points `tag` at `image`: looks that it still points at `expected` (`None`: no such tag),
    /// writes the manifest's exact bytes under the tag, and reads back what the registry says.
    ///
    /// Registries have no compare-and-swap: a write between the look and ours is overwritten,
    /// and one after ours is seen and reported as lost.
    pub async fn write_tag(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        expected: Option<Digest>,
    ) -> Result<TagWrite, RegistryError> {
        let repository = &image.repository;
        let mut doubt = None;
        for _ in 0..WRITES_MAX {
            let found = self.tag_now(repository, tag).await?;
            match (found, doubt.is_some()) {
                (Some(now), false) if now == image.digest => return Ok(TagWrite::Unchanged),
                (Some(now), true) if now == image.digest => return Ok(TagWrite::Written),
                (found, false) if found != expected => return Ok(TagWrite::Moved { found }),
                (found, true) if found != expected => return Ok(TagWrite::Lost { found }),
                _ => {}
            }
            let manifest = self.manifest_to_write(image).await?;
            let moves = found.is_some();
            match self.put_tag(repository, tag, &manifest, moves).await {
                Ok(()) => {
                    return self.read_back(image, tag, Some(expected)).await;
                }
                // Whether it arrived is not known: a plain retry might overwrite someone's
                // later write, so the tag is looked at first.
                Err(error) if is_in_doubt(&error) => doubt = Some(error),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(self.transport.retry.delay).await;
        }
        match doubt {
            Some(error) => Err(error),
            None => self.read_back(image, tag, Some(expected)).await,
        }
    }

    /// Where the tag points, asked with the token that writes it.
    pub(crate) async fn tag_now(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<Digest>, RegistryError> {
        self.manifest_digest_for(repository, Name::Tag(tag), Access::Push)
            .await
    }
}
