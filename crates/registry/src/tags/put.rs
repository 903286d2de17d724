//! Writing a tag, and reading it back.

use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{Digest, PinnedRef, RawManifest, Repository, Tag};

use crate::auth::scope::Access;
use crate::client::Client;
use crate::failure::read_error;
use crate::manifests::Name;

/// How often a write is begun anew when it is not known whether the last one arrived.
pub(crate) const WRITES_MAX: usize = 3;

/// How often the tag is read back while the registry still shows what was there before.
const READ_BACKS_MAX: u32 = 5;

impl Client {
    /// The manifest of an image, as it is known or from the registry.
    pub(crate) async fn manifest_to_write(
        &self,
        image: &PinnedRef,
    ) -> Result<RawManifest, RegistryError> {
        match self.known_manifest(&image.repository, image.digest) {
            Some(manifest) => Ok(manifest),
            None => {
                let name = Name::Digest(image.digest);
                self.manifest_for(&image.repository, name, Access::Push)
                    .await
            }
        }
    }

    /// One PUT under the tag. `moves` says that the tag is somewhere else already.
    pub(crate) async fn put_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        manifest: &RawManifest,
        moves: bool,
    ) -> Result<(), RegistryError> {
        let mut call = self.put_call(repository, Name::Tag(tag), manifest)?;
        call.idempotent = false;
        let response = self.send(&call).await?;
        let status = response.status();
        if status.is_success() {
            self.check_stated(&response, manifest)?;
            self.remember(repository, manifest);
            return Ok(());
        }
        let said = read_error(response).await;
        Err(self.refused_tag(repository, tag, moves, status, said).await)
    }

    /// What the tag is after our write. Some registries show what was there before, or nothing,
    /// just after one. `before` is what was seen there, where it was looked at.
    pub(crate) async fn read_back(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        before: Option<Option<Digest>>,
    ) -> Result<TagWrite, RegistryError> {
        let mut delay = self.transport.retry.delay;
        for reads in 1.. {
            let found = self.tag_now(&image.repository, tag).await?;
            if found == Some(image.digest) {
                return Ok(TagWrite::Written);
            }
            let stale = found.is_none() || before.is_none_or(|before| found == before);
            if !stale || reads == READ_BACKS_MAX {
                return Ok(TagWrite::Lost { found });
            }
            tokio::time::sleep(delay).await;
            delay *= 2;
        }
        Ok(TagWrite::Lost { found: None })
    }
}

/// Whether a write may have arrived in spite of the error.
pub(crate) fn is_in_doubt(error: &RegistryError) -> bool {
    match error {
        RegistryError::Unreachable { .. } => true,
        RegistryError::Status { status, .. } => matches!(status, 500 | 502 | 503 | 504),
        _ => false,
    }
}
