//! Blobs: HEAD and GET.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Digest, Repository};
use reqwest::{Method, StatusCode};

use crate::auth::scope::Access;
use crate::client::Client;
use crate::failure::{content, refusal};

impl Client {
    /// Whether the repository has this blob.
    pub async fn has_blob(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Result<bool, RegistryError> {
        let path = format!("blobs/{digest}");
        let call = self.call(Method::HEAD, repository, Access::Pull, &path)?;
        let response = self.send(&call).await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => {
                let what = format!("{repository}@{digest}");
                Err(refusal(self.host(), &what, response).await)
            }
        }
    }

    /// A small blob in memory: at most `limit` bytes, verified against its digest.
    pub async fn blob(
        &self,
        repository: &Repository,
        digest: Digest,
        limit: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let what = format!("{repository}@{digest}");
        let path = format!("blobs/{digest}");
        let call = self.call(Method::GET, repository, Access::Pull, &path)?;
        let response = self.send(&call).await?;
        if response.status() != StatusCode::OK {
            return Err(refusal(self.host(), &what, response).await);
        }
        let bytes = self.read_whole(&call, response, &what, limit).await?;
        let actual = Digest::of(&bytes);
        if actual != digest {
            return Err(content(what, format!("the bytes received have {actual}")));
        }
        Ok(bytes)
    }
}
