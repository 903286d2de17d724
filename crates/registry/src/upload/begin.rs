//! Uploads: the first request.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository};
use reqwest::{Method, StatusCode, Url};

use super::BlobWrite;
use crate::auth::scope::{Access, Scope};
use crate::client::{Call, Client};
use crate::failure::refusal;
use crate::transport::response::Response;

/// What came of beginning to write a blob.
#[derive(Debug)]
pub enum Begun {
    /// It is there; nothing is left to do.
    There(BlobWrite),
    /// Its bytes go to this address.
    Upload(Url),
}

impl Client {
    /// Mounts a blob from `from`, another repository of this registry, or opens an upload of it
    /// (distribution specification, "Mounting a blob from another repository"). Without `from`,
    /// the repository itself is named as the source: whether it has the blob, and where to upload
    /// it if not, is then one request.
    pub async fn begin_upload(
        &self,
        to: &Repository,
        blob: &Descriptor,
        from: Option<&Repository>,
    ) -> Result<Begun, RegistryError> {
        let itself = from.is_none_or(|from| from == to);
        if itself && self.ways.finds_blobs.fails() && self.is_there_after_all(to, blob).await? {
            return Ok(Begun::There(BlobWrite::Present));
        }
        let (from, write) = match from {
            Some(from) if from != to => (from, BlobWrite::Mounted),
            _ => (to, BlobWrite::Present),
        };
        let call = self.mount_call(to, blob, from)?;
        let response = match self.send(&call).await {
            // Without rights on the other repository there may be no token at all.
            Err(RegistryError::Denied { .. }) if from != to => return self.open_upload(to).await,
            sent => sent?,
        };
        match response.status() {
            StatusCode::CREATED if itself => self.found(),
            StatusCode::CREATED => Ok(Begun::There(write)),
            StatusCode::ACCEPTED if itself => self.not_found(to, blob, &response, &call).await,
            StatusCode::ACCEPTED => self.session(&response, &call.url),
            status if is_no_mount(status) => self.open_upload(to).await,
            _ => {
                let what = format!("{to}@{}", blob.digest);
                Err(refusal(self.host(), &what, response).await)
            }
        }
    }

    /// As [`begin_upload`](Self::begin_upload) without `from`, where the registry lets everybody
    /// write. `None` where it wants something to be shown first: whatever is asked next shows it.
    pub(crate) async fn begin_open_upload(
        &self,
        to: &Repository,
        blob: &Descriptor,
    ) -> Result<Option<Begun>, RegistryError> {
        if self.auth.is_challenged() {
            return Ok(None);
        }
        if self.ways.finds_blobs.fails() {
            return self.begin_upload(to, blob, None).await.map(Some);
        }
        let call = self.mount_call(to, blob, to)?;
        let response = self.send_unshown(&call).await?;
        match response.status() {
            StatusCode::CREATED => self.found().map(Some),
            StatusCode::ACCEPTED => {
                let begun = self.not_found(to, blob, &response, &call).await;
                begun.map(Some)
            }
            _ if self.auth.is_challenged() => Ok(None),
            _ => self.begin_upload(to, blob, None).await.map(Some),
        }
    }

    fn mount_call(
        &self,
        to: &Repository,
        blob: &Descriptor,
        from: &Repository,
    ) -> Result<Call, RegistryError> {
        let mut call = self.open_call(to)?;
        call.scope = Scope::mount(to, from);
        call.url
            .query_pairs_mut()
            .append_pair("mount", &blob.digest.to_string())
            .append_pair("from", from.path());
        Ok(call)
    }

    /// A mount from the repository itself found the blob.
    fn found(&self) -> Result<Begun, RegistryError> {
        self.ways.finds_blobs.seen(true);
        Ok(Begun::There(BlobWrite::Present))
    }

    /// A mount from the repository itself opened an upload.
    async fn not_found(
        &self,
        to: &Repository,
        blob: &Descriptor,
        response: &Response,
        call: &Call,
    ) -> Result<Begun, RegistryError> {
        let session = self.session(response, &call.url)?;
        let known = self.ways.finds_blobs.fails();
        match !known && self.is_there_after_all(to, blob).await? {
            // The session ends by itself.
            true => Ok(Begun::There(BlobWrite::Present)),
            false => Ok(session),
        }
    }

    /// Opens an upload of a blob that is not named yet.
    pub(crate) async fn open_upload(&self, to: &Repository) -> Result<Begun, RegistryError> {
        let call = self.open_call(to)?;
        let response = self.send(&call).await?;
        if response.status() != StatusCode::ACCEPTED {
            return Err(refusal(self.host(), &to.to_string(), response).await);
        }
        self.session(&response, &call.url)
    }

    /// A session that was opened twice, since it is not known whether it was opened once, ends by
    /// itself.
    fn open_call(&self, to: &Repository) -> Result<Call, RegistryError> {
        let mut call = self.call(Method::POST, to, Access::Push, "blobs/uploads/")?;
        call.idempotent = true;
        Ok(call)
    }

    fn session(&self, response: &Response, from: &Url) -> Result<Begun, RegistryError> {
        Ok(Begun::Upload(self.location(response, from)?))
    }
}

/// No rights on the other repository, or no mounts here, is no reason not to upload.
fn is_no_mount(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
    )
}
