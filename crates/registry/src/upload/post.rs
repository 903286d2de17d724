//! Small blobs: one POST with the whole body.

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};

use super::BlobWrite;
use crate::auth::scope::Access;
use crate::client::Client;
use crate::failure::refusal;

/// The largest blob that is sent with the first request, before it is known whether the registry
/// takes it that way, in bytes.
pub const POST_BYTES_MAX: usize = 128 * 1024;

impl Client {
    /// Uploads a small blob: in one POST where the registry takes it (distribution specification,
    /// "Single POST"), else in a PUT to the session that the POST opened. A registry that was seen
    /// not to take it is asked whether it has the blob first.
    pub async fn post_blob(
        &self,
        to: &Repository,
        blob: &Descriptor,
        bytes: Bytes,
    ) -> Result<BlobWrite, RegistryError> {
        let way = &self.ways.posts_blobs;
        if way.fails() || bytes.len() > POST_BYTES_MAX {
            return self.bring_blob(to, blob, bytes, None).await;
        }
        let mut call = self.call(Method::POST, to, Access::Push, "blobs/uploads/")?;
        call.url
            .query_pairs_mut()
            .append_pair("digest", &blob.digest.to_string());
        let octets = HeaderValue::from_static("application/octet-stream");
        call.headers.insert(CONTENT_TYPE, octets);
        call.body = bytes.clone();
        // The same bytes under the same digest, once more, change nothing.
        call.idempotent = true;
        let response = self.send(&call).await?;
        match response.status() {
            StatusCode::CREATED => {
                way.seen(true);
                self.expect_created(to, blob, response).await?;
                Ok(BlobWrite::Uploaded)
            }
            StatusCode::ACCEPTED => {
                way.seen(false);
                let session = self.location(&response, &call.url)?;
                self.finish_upload_bytes(to, session, blob, bytes).await?;
                Ok(BlobWrite::Uploaded)
            }
            status if is_unknown_way(status) && !way.works() => {
                way.seen(false);
                self.bring_blob(to, blob, bytes, None).await
            }
            _ => {
                let what = format!("{to}@{}", blob.digest);
                Err(refusal(self.host(), &what, response).await)
            }
        }
    }
}

/// Answers of registries that know no such request.
fn is_unknown_way(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 404 | 405 | 411 | 415 | 501)
}
