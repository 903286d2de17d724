//! Manifests: HEAD, GET, PUT, DELETE.

use std::fmt;
use std::sync::PoisonError;

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Digest, MANIFEST_BYTES_MAX, RawManifest, Repository, Tag, media_types};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};

use crate::auth::scope::Access;
use crate::client::{Call, Client};
use crate::failure::{content, refusal, senseless};
use crate::media_type::manifest_media_type;
use crate::transport::response::Response;

/// The header in which a registry says a manifest's or blob's digest.
pub(crate) const CONTENT_DIGEST: &str = "docker-content-digest";

/// How a manifest is named within its repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    /// By a tag.
    Tag(&'a Tag),
    /// By its digest.
    Digest(Digest),
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, "{tag}"),
            Self::Digest(digest) => write!(f, "{digest}"),
        }
    }
}

impl Name<'_> {
    /// `repository:tag` or `repository@digest`.
    pub(crate) fn of(&self, repository: &Repository) -> String {
        match self {
            Self::Tag(tag) => format!("{repository}:{tag}"),
            Self::Digest(digest) => format!("{repository}@{digest}"),
        }
    }
}

impl Client {
    /// The digest of the manifest with this name, or `None` where there is none. One HEAD, as
    /// far as the registry answers it with a digest.
    pub async fn manifest_digest(
        &self,
        repository: &Repository,
        name: Name<'_>,
    ) -> Result<Option<Digest>, RegistryError> {
        self.manifest_digest_for(repository, name, Access::Pull)
            .await
    }

    pub(crate) async fn manifest_digest_for(
        &self,
        repository: &Repository,
        name: Name<'_>,
        access: Access,
    ) -> Result<Option<Digest>, RegistryError> {
        let call = self.manifest_call(Method::HEAD, repository, name, access)?;
        let response = self.send(&call).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(refusal(self.host(), &name.of(repository), response).await),
        }
        if let Some(digest) = stated_digest(&response) {
            return Ok(Some(digest));
        }
        match self.manifest_for(repository, name, access).await {
            Ok(manifest) => Ok(Some(manifest.digest())),
            Err(RegistryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The manifest with this name: at most 4 MiB, its digest computed here and checked against
    /// the one asked for and the one the registry states.
    pub async fn manifest(
        &self,
        repository: &Repository,
        name: Name<'_>,
    ) -> Result<RawManifest, RegistryError> {
        self.manifest_for(repository, name, Access::Pull).await
    }

    pub(crate) async fn manifest_for(
        &self,
        repository: &Repository,
        name: Name<'_>,
        access: Access,
    ) -> Result<RawManifest, RegistryError> {
        let what = name.of(repository);
        let call = self.manifest_call(Method::GET, repository, name, access)?;
        let response = self.send(&call).await?;
        if response.status() != StatusCode::OK {
            return Err(refusal(self.host(), &what, response).await);
        }
        let expected = match name {
            Name::Digest(digest) => Some(digest),
            Name::Tag(_) => stated_digest(&response),
        };
        let header = response.headers().get(CONTENT_TYPE).cloned();
        let bytes = self
            .read_whole(&call, response, &what, MANIFEST_BYTES_MAX)
            .await?;
        let media_type = manifest_media_type(header.as_ref(), &bytes)
            .map_err(|message| content(&what, message))?;
        let manifest = RawManifest::new(bytes, media_type, expected)
            .map_err(|error| content(&what, error.to_string()))?;
        self.remember(repository, &manifest);
        Ok(manifest)
    }

    /// Writes a manifest, byte for byte, under a tag or its digest. What it refers to must be
    /// in the repository already.
    pub async fn put_manifest(
        &self,
        repository: &Repository,
        name: Name<'_>,
        manifest: &RawManifest,
    ) -> Result<(), RegistryError> {
        let call = self.put_call(repository, name, manifest)?;
        let response = self.send(&call).await?;
        if !response.status().is_success() {
            return Err(refusal(self.host(), &name.of(repository), response).await);
        }
        self.check_stated(&response, manifest)?;
        self.remember(repository, manifest);
        Ok(())
    }

    pub(crate) fn put_call(
        &self,
        repository: &Repository,
        name: Name<'_>,
        manifest: &RawManifest,
    ) -> Result<Call, RegistryError> {
        let mut call = self.manifest_call(Method::PUT, repository, name, Access::Push)?;
        let media_type = HeaderValue::from_str(manifest.media_type())
            .map_err(|_| content(name.of(repository), "its media type cannot be sent"))?;
        call.headers.insert(CONTENT_TYPE, media_type);
        call.body = Bytes::copy_from_slice(manifest.bytes());
        Ok(call)
    }

    /// A registry that stored something else than it was sent must not be believed.
    pub(crate) fn check_stated(
        &self,
        response: &Response,
        manifest: &RawManifest,
    ) -> Result<(), RegistryError> {
        match stated_digest(response) {
            Some(stated) if stated != manifest.digest() => {
                let sent = manifest.digest();
                let message = format!("it stored {stated}, but was sent {sent}");
                Err(senseless(self.host(), message))
            }
            _ => Ok(()),
        }
    }

    /// Deletes what this name names: a tag, or with a digest the manifest and all its tags.
    pub async fn delete_manifest(
        &self,
        repository: &Repository,
        name: Name<'_>,
    ) -> Result<(), RegistryError> {
        let call = self.manifest_call(Method::DELETE, repository, name, Access::Delete)?;
        let response = self.send(&call).await?;
        if !response.status().is_success() {
            return Err(refusal(self.host(), &name.of(repository), response).await);
        }
        if let Name::Digest(digest) = name {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.forget(repository, digest);
        }
        Ok(())
    }

    fn manifest_call(
        &self,
        method: Method,
        repository: &Repository,
        name: Name<'_>,
        access: Access,
    ) -> Result<Call, RegistryError> {
        let mut call = self.call(method, repository, access, &format!("manifests/{name}"))?;
        // Without it, registries answer 404 for types that an old client would not know.
        let accept = HeaderValue::from_str(&media_types::MANIFESTS.join(", "));
        if let Ok(accept) = accept {
            call.headers.insert(ACCEPT, accept);
        }
        Ok(call)
    }

    /// The manifest, where it was read or written before.
    pub(crate) fn known_manifest(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Option<RawManifest> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(repository, digest)
    }

    pub(crate) fn remember(&self, repository: &Repository, manifest: &RawManifest) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.keep(repository, manifest);
    }
}

/// The digest that a registry says the content of its answer has.
pub(crate) fn stated_digest(response: &Response) -> Option<Digest> {
    let value = response.headers().get(CONTENT_DIGEST)?;
    value.to_str().ok()?.trim().parse().ok()
}
