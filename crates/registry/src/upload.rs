//! Bringing blobs into a repository: mounted from another one, or uploaded.

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Digest, Repository};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode, Url};

use crate::client::Client;
use crate::failure::{refusal, senseless};
use crate::scope::{Access, Scope};

/// How a blob came to be in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobWrite {
    /// It was there before.
    Present,
    /// The registry took it from the other repository; no bytes moved.
    Mounted,
    /// Its bytes were uploaded.
    Uploaded,
}

enum Mount {
    Done,
    /// Not mounted, but the registry opened an upload in its place.
    Session(Url),
    /// The registry does not mount.
    Refused,
}

impl Client {
    /// Brings a blob into `repository`, where it is not there yet: mounted from `from`, a
    /// repository of the same registry, if that works, else uploaded in one PUT.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        bytes: Bytes,
        from: Option<&Repository>,
    ) -> Result<BlobWrite, RegistryError> {
        let digest = Digest::of(&bytes);
        if self.has_blob_for(repository, digest, Access::Push).await? {
            return Ok(BlobWrite::Present);
        }
        let session = match from {
            Some(from) => match self.mount(repository, digest, from).await? {
                Mount::Done => return Ok(BlobWrite::Mounted),
                Mount::Session(url) => url,
                Mount::Refused => self.open_upload(repository).await?,
            },
            None => self.open_upload(repository).await?,
        };
        self.put_upload(repository, session, digest, bytes).await?;
        Ok(BlobWrite::Uploaded)
    }

    async fn mount(
        &self,
        repository: &Repository,
        digest: Digest,
        from: &Repository,
    ) -> Result<Mount, RegistryError> {
        let mut call = self.call(Method::POST, repository, Access::Push, "blobs/uploads/")?;
        call.scope = Scope::mount(repository, from);
        call.url
            .query_pairs_mut()
            .append_pair("mount", &digest.to_string())
            .append_pair("from", from.path());
        let response = self.send(&call).await?;
        match response.status() {
            StatusCode::CREATED => Ok(Mount::Done),
            StatusCode::ACCEPTED => Ok(Mount::Session(self.location(&response, &call.url)?)),
            // No rights on the other repository is no reason not to upload.
            StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED => Ok(Mount::Refused),
            _ => {
                let what = format!("{repository}@{digest}");
                Err(refusal(self.host(), &what, response).await)
            }
        }
    }

    async fn open_upload(&self, repository: &Repository) -> Result<Url, RegistryError> {
        let call = self.call(Method::POST, repository, Access::Push, "blobs/uploads/")?;
        let response = self.send(&call).await?;
        if response.status() != StatusCode::ACCEPTED {
            return Err(refusal(self.host(), &repository.to_string(), response).await);
        }
        self.location(&response, &call.url)
    }

    async fn put_upload(
        &self,
        repository: &Repository,
        session: Url,
        digest: Digest,
        bytes: Bytes,
    ) -> Result<(), RegistryError> {
        let mut call = self.call(Method::PUT, repository, Access::Push, "blobs/uploads/")?;
        call.url = session;
        call.url
            .query_pairs_mut()
            .append_pair("digest", &digest.to_string());
        let octets = HeaderValue::from_static("application/octet-stream");
        call.headers.insert(CONTENT_TYPE, octets);
        call.body = bytes;
        // A session that took some of the bytes would take them twice.
        call.idempotent = false;
        let response = self.send(&call).await?;
        let what = format!("{repository}@{digest}");
        match response.status() {
            StatusCode::CREATED => Ok(()),
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
                let message = format!("it did not finish the upload of {what}");
                Err(senseless(self.host(), message))
            }
            _ => Err(refusal(self.host(), &what, response).await),
        }
    }
}
