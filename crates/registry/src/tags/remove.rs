//! Taking back a tag, and the tag alone.

use liftlock_engine::ports::{RegistryError, Untagged};
use liftlock_oci::{Digest, Repository, Tag};
use reqwest::StatusCode;

use crate::auth::scope::Access;
use crate::client::Client;
use crate::failure::content;
use crate::manifests::Name;

/// How often it is looked whether the tag is gone.
const LOOKS_MAX: u32 = 5;

impl Client {
    /// Deletes `tag` where it points at `ours`, and nothing else: the manifest is never deleted
    /// by its digest, and it is checked to be there still. A registry that took the manifest
    /// away with the tag gets it back.
    pub async fn remove_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        ours: Digest,
    ) -> Result<Untagged, RegistryError> {
        match self.seen(repository, Name::Tag(tag)).await? {
            None => return Ok(Untagged::Absent),
            Some(found) if found != ours => return Ok(Untagged::NotOurs(found)),
            Some(_) => {}
        }
        let manifest = self
            .manifest_for(repository, Name::Digest(ours), Access::Delete)
            .await?;
        match self.delete_manifest(repository, Name::Tag(tag)).await {
            Ok(()) => {}
            Err(RegistryError::NotFound { .. }) => {
                return match self.seen(repository, Name::Tag(tag)).await? {
                    None => Ok(Untagged::Absent),
                    Some(_) => Ok(Untagged::Unsupported),
                };
            }
            Err(RegistryError::Status { status, .. }) if is_unsupported(status) => {
                return Ok(Untagged::Unsupported);
            }
            Err(error) => return Err(error),
        }
        if self.seen(repository, Name::Digest(ours)).await?.is_none() {
            self.put_manifest(repository, Name::Digest(ours), &manifest)
                .await?;
        }
        self.await_absence(repository, tag, ours).await
    }

    async fn await_absence(
        &self,
        repository: &Repository,
        tag: &Tag,
        ours: Digest,
    ) -> Result<Untagged, RegistryError> {
        let mut delay = self.transport.retry.delay;
        for looks in 1..=LOOKS_MAX {
            match self.seen(repository, Name::Tag(tag)).await? {
                None => return Ok(Untagged::Removed),
                // Someone else wrote it again in the meantime.
                Some(found) if found != ours => return Ok(Untagged::NotOurs(found)),
                Some(_) if looks < LOOKS_MAX => tokio::time::sleep(delay).await,
                Some(_) => {}
            }
            delay *= 2;
        }
        let what = Name::Tag(tag).of(repository);
        Err(content(
            what,
            "the registry accepted the deletion of the tag but still shows it",
        ))
    }

    async fn seen(
        &self,
        repository: &Repository,
        name: Name<'_>,
    ) -> Result<Option<Digest>, RegistryError> {
        self.manifest_digest_for(repository, name, Access::Delete)
            .await
    }
}

/// Registries without tag deletion answer 400 (not a digest), 405, 415 or 501.
fn is_unsupported(status: u16) -> bool {
    let unsupported = [
        StatusCode::BAD_REQUEST,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::NOT_IMPLEMENTED,
    ];
    unsupported.iter().any(|s| s.as_u16() == status)
}
