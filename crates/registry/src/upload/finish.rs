//! Uploads: the one PUT that brings the bytes.

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, StatusCode, Url};

use crate::auth::scope::Access;
use crate::client::{Call, Client};
use crate::failure::{refusal, senseless};
use crate::manifests::stated_digest;
use crate::transport::response::Response;

impl Client {
    /// Uploads a blob's whole body to an open upload, in one PUT with its length. It is sent once:
    /// after an error the upload is begun anew.
    pub async fn finish_upload(
        &self,
        to: &Repository,
        session: Url,
        blob: &Descriptor,
        body: Body,
    ) -> Result<(), RegistryError> {
        let mut call = self.put_blob_call(to, session, blob)?;
        // A stream has no length of its own, and some registries take no chunked bodies.
        call.headers.insert(CONTENT_LENGTH, blob.size.into());
        let response = self.send_once(&call, body, blob.size).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            return Err(self.broken_off(to, blob, 401, "its token ran out during the upload"));
        }
        self.expect_created(to, blob, response).await
    }

    /// As [`finish_upload`](Self::finish_upload), with bytes in memory: a refused token is
    /// replaced, and the same session used again.
    pub(super) async fn finish_upload_bytes(
        &self,
        to: &Repository,
        session: Url,
        blob: &Descriptor,
        bytes: Bytes,
    ) -> Result<(), RegistryError> {
        let mut call = self.put_blob_call(to, session, blob)?;
        call.body = bytes;
        let response = self.send(&call).await?;
        self.expect_created(to, blob, response).await
    }

    fn put_blob_call(
        &self,
        to: &Repository,
        session: Url,
        blob: &Descriptor,
    ) -> Result<Call, RegistryError> {
        let mut call = self.call(Method::PUT, to, Access::Push, "blobs/uploads/")?;
        call.url = session;
        call.url
            .query_pairs_mut()
            .append_pair("digest", &blob.digest.to_string());
        let octets = HeaderValue::from_static("application/octet-stream");
        call.headers.insert(CONTENT_TYPE, octets);
        // A session that took some of the bytes would take them twice.
        call.idempotent = false;
        Ok(call)
    }

    pub(super) async fn expect_created(
        &self,
        to: &Repository,
        blob: &Descriptor,
        response: Response,
    ) -> Result<(), RegistryError> {
        let what = format!("{to}@{}", blob.digest);
        match response.status() {
            StatusCode::CREATED => match stated_digest(&response) {
                Some(stated) if stated != blob.digest => {
                    let message = format!("it stored {stated}, but was sent {}", blob.digest);
                    Err(senseless(self.host(), message))
                }
                _ => Ok(()),
            },
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
                let message = format!("it did not finish the upload of {what}");
                Err(senseless(self.host(), message))
            }
            StatusCode::NOT_FOUND => Err(self.broken_off(to, blob, 404, "the upload is gone")),
            status => {
                let refused = refusal(self.host(), &what, response).await;
                // Some registries refuse the bytes of a blob that they have.
                let may_be_there = matches!(status.as_u16(), 400 | 409);
                match may_be_there && self.has_blob(to, blob.digest).await? {
                    true => Ok(()),
                    false => Err(refused),
                }
            }
        }
    }

    /// An upload that may work when it is begun anew.
    fn broken_off(
        &self,
        to: &Repository,
        blob: &Descriptor,
        status: u16,
        reason: &str,
    ) -> RegistryError {
        RegistryError::Status {
            registry: self.host().to_owned(),
            status,
            what: format!("{to}@{}", blob.digest),
            message: format!("{reason}; upload it again"),
        }
    }
}
