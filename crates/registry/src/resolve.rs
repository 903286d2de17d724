//! From a reference to a digest and its platforms.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use liftlock_engine::ports::{RegistryError, Resolved};
use liftlock_oci::{
    Content, Descriptor, Digest, Image, ImageConfig, Index, Manifest, Platform, RawManifest,
    Reference, Repository, media_types,
};

use crate::client::Client;
use crate::failure::content;
use crate::manifests::Name;

/// The most children an index may have.
const CHILDREN_MAX: usize = 64;

/// How many children are looked for at once.
const LOOKS_AT_ONCE: usize = 8;

/// The largest image configuration that is read, in bytes.
const CONFIG_MAX: usize = 1024 * 1024;

const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

impl Client {
    /// Resolves a reference to its digest and platforms. The children of an index must be
    /// present; at most 64 are allowed. A reference with neither tag nor digest is refused:
    /// `latest` is never assumed.
    pub async fn resolve(&self, reference: &Reference) -> Result<Resolved, RegistryError> {
        let repository = &reference.repository;
        let (manifest, tag_digest) = match (&reference.digest, &reference.tag) {
            (Some(digest), tag) => {
                let manifest = self.manifest(repository, Name::Digest(*digest)).await?;
                let tag_digest = match tag {
                    Some(tag) => self.manifest_digest(repository, Name::Tag(tag)).await?,
                    None => None,
                };
                (manifest, tag_digest)
            }
            (None, Some(tag)) => (self.manifest(repository, Name::Tag(tag)).await?, None),
            (None, None) => {
                let message = "the reference has neither a tag nor a digest; \
                     write :TAG or @sha256:..., `latest` is not assumed";
                return Err(content(reference.to_string(), message));
            }
        };
        let platforms = self.platforms(repository, &manifest).await?;
        Ok(Resolved {
            image: Image {
                digest: manifest.digest(),
                media_type: manifest.media_type().to_owned(),
                platforms,
            },
            tag_digest,
        })
    }

    async fn platforms(
        &self,
        repository: &Repository,
        raw: &RawManifest,
    ) -> Result<Vec<(Platform, Digest)>, RegistryError> {
        let what = Name::Digest(raw.digest()).of(repository);
        match raw
            .parse()
            .map_err(|error| content(&what, error.to_string()))?
        {
            Content::Index(index) => self.children(repository, &what, index).await,
            Content::Manifest(manifest) => {
                let platform = self.config_platform(repository, &what, &manifest).await?;
                Ok(platform.map(|p| (p, raw.digest())).into_iter().collect())
            }
        }
    }

    /// Looks for every child, builders' attestations too: without one, the index cannot be
    /// copied as it is.
    async fn children(
        &self,
        repository: &Repository,
        what: &str,
        index: Index,
    ) -> Result<Vec<(Platform, Digest)>, RegistryError> {
        let count = index.manifests.len();
        if count == 0 || count > CHILDREN_MAX {
            let message =
                format!("the index lists {count} manifests; 1 to {CHILDREN_MAX} are allowed");
            return Err(content(what, message));
        }
        // Futures do nothing until they are polled, which the stream does a few at a time.
        let looks: Vec<_> = (index.manifests.iter())
            .map(|child| self.expect_child(repository, what, child))
            .collect();
        stream::iter(looks)
            .buffer_unordered(LOOKS_AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        let listed = index.manifests.into_iter().filter_map(|child| {
            let platform = child.platform.filter(|p| !p.is_unknown())?;
            Some((platform, child.digest))
        });
        Ok(listed.collect())
    }

    async fn expect_child(
        &self,
        repository: &Repository,
        what: &str,
        child: &Descriptor,
    ) -> Result<(), RegistryError> {
        let digest = child.digest;
        if self
            .manifest_digest(repository, Name::Digest(digest))
            .await?
            == Some(digest)
        {
            return Ok(());
        }
        let platform = child
            .platform
            .as_ref()
            .map(|p| format!(" ({p})"))
            .unwrap_or_default();
        let message = format!("the index lists {digest}{platform}, which is not in the repository");
        Err(content(what, message))
    }

    /// The platform in the image's configuration; none for artifacts that are not images.
    async fn config_platform(
        &self,
        repository: &Repository,
        what: &str,
        manifest: &Manifest,
    ) -> Result<Option<Platform>, RegistryError> {
        let kind = manifest.config.media_type.as_str();
        if kind != media_types::OCI_CONFIG && kind != DOCKER_CONFIG {
            return Ok(None);
        }
        let digest = manifest.config.digest;
        let bytes = match self.blob(repository, digest, CONFIG_MAX).await {
            Ok(bytes) => bytes,
            Err(RegistryError::NotFound { .. }) => {
                let message = format!("its configuration {digest} is not in the repository");
                return Err(content(what, message));
            }
            Err(error) => return Err(error),
        };
        let value: serde_json::Value = serde_json::from_slice(&bytes)
            .map_err(|error| content(what, format!("its configuration cannot be read: {error}")))?;
        // Old and artifact configurations name no platform: that is no error.
        let config = serde_json::from_value::<ImageConfig>(value).ok();
        Ok(config.map(|config| Platform {
            os: config.os,
            architecture: config.architecture,
            variant: config.variant,
        }))
    }
}
