//! The tag guard: look, write, read back.

use std::sync::PoisonError;

use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{Digest, PinnedRef, RawManifest, Repository, Tag};
use reqwest::StatusCode;

use crate::client::Client;
use crate::failure::{from_status, read_error};
use crate::manifests::Name;
use crate::oci_error::OciError;
use crate::scope::Access;

/// How often a write is begun anew when it is not known whether the last one arrived.
const WRITES_MAX: usize = 3;

/// How often the tag is read back while the registry still shows what was there before.
const READ_BACKS_MAX: u32 = 5;

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
            match self.put_tag(repository, tag, &manifest).await {
                Ok(()) => return self.read_back(image, tag, expected).await,
                // Whether it arrived is not known: a plain retry might overwrite someone's
                // later write, so the tag is looked at first.
                Err(error) if is_in_doubt(&error) => doubt = Some(error),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(self.transport.retry.delay).await;
        }
        match doubt {
            Some(error) => Err(error),
            None => self.read_back(image, tag, expected).await,
        }
    }

    async fn tag_now(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<Digest>, RegistryError> {
        self.manifest_digest_for(repository, Name::Tag(tag), Access::Push)
            .await
    }

    async fn manifest_to_write(&self, image: &PinnedRef) -> Result<RawManifest, RegistryError> {
        let known = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&image.repository, image.digest)
        };
        match known {
            Some(manifest) => Ok(manifest),
            None => {
                let name = Name::Digest(image.digest);
                self.manifest_for(&image.repository, name, Access::Push)
                    .await
            }
        }
    }

    /// Writes a manifest under a tag, and tells a tag that may not change from other refusals.
    pub(crate) async fn put_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        manifest: &RawManifest,
    ) -> Result<(), RegistryError> {
        let name = Name::Tag(tag);
        let mut call = self.put_call(repository, name, manifest)?;
        call.idempotent = false;
        let response = self.send(&call).await?;
        let status = response.status();
        if status.is_success() {
            return self.check_stated(&response, manifest);
        }
        let said = read_error(response).await;
        if is_immutable(status, &said) {
            return Err(RegistryError::Immutable {
                registry: self.host().to_owned(),
                tag: tag.to_string(),
                message: said.or("its tags are immutable"),
            });
        }
        Err(from_status(self.host(), &name.of(repository), status, said))
    }

    /// Some registries show the old tag, or none, just after a write.
    async fn read_back(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        before: Option<Digest>,
    ) -> Result<TagWrite, RegistryError> {
        let mut delay = self.transport.retry.delay;
        for reads in 1.. {
            let found = self.tag_now(&image.repository, tag).await?;
            if found == Some(image.digest) {
                return Ok(TagWrite::Written);
            }
            let stale = found.is_none() || found == before;
            if !stale || reads == READ_BACKS_MAX {
                return Ok(TagWrite::Lost { found });
            }
            tokio::time::sleep(delay).await;
            delay *= 2;
        }
        Ok(TagWrite::Lost { found: None })
    }
}

fn is_in_doubt(error: &RegistryError) -> bool {
    match error {
        RegistryError::Unreachable { .. } => true,
        RegistryError::Status { status, .. } => matches!(status, 500 | 502 | 503 | 504),
        _ => false,
    }
}

/// Registries have no common answer for a tag that may not change: ECR says 400 `TAG_INVALID`,
/// ACR 405, Harbor 412, zot and others 403 with a message.
fn is_immutable(status: StatusCode, said: &OciError) -> bool {
    let message = said.message.to_lowercase();
    let speaks_of_it = ["immutab", "overwrit", "overrid", "already exist"]
        .iter()
        .any(|word| message.contains(word));
    match status.as_u16() {
        405 | 412 => true,
        400 => said.code == "TAG_INVALID" || speaks_of_it,
        403 | 409 => speaks_of_it,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_about_immutable_tags_are_told_from_other_refusals() {
        let is = |status: u16, body: &str| {
            is_immutable(
                StatusCode::from_u16(status).unwrap(),
                &OciError::parse(body.as_bytes()),
            )
        };
        assert!(is(
            400,
            r#"{"errors":[{"code":"TAG_INVALID","message":"The image tag is immutable"}]}"#
        ));
        assert!(is(
            403,
            r#"{"errors":[{"code":"DENIED","message":"tag overwrite is not allowed"}]}"#
        ));
        assert!(is(405, "") && is(412, ""));
        assert!(!is(
            400,
            r#"{"errors":[{"code":"MANIFEST_INVALID","message":"bad"}]}"#
        ));
        assert!(!is(
            403,
            r#"{"errors":[{"code":"DENIED","message":"requested access is denied"}]}"#
        ));
        assert!(!is(404, "immutable"));
    }
}
