//! A blob in memory, however it gets there.

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository};

use super::{Begun, BlobWrite, POST_BYTES_MAX};
use crate::client::Client;

const OCTETS: &str = "application/octet-stream";

impl Client {
    /// Brings a blob into `repository`, where it is not there yet: mounted from `from`, a
    /// repository of the same registry, if that works, else uploaded in one PUT; begun anew where
    /// it broke off. What a mount finds there already counts as mounted.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        bytes: Bytes,
        from: Option<&Repository>,
    ) -> Result<BlobWrite, RegistryError> {
        let blob = Descriptor::of(OCTETS, &bytes);
        self.bring_blob(repository, &blob, bytes, from).await
    }

    pub(super) async fn bring_blob(
        &self,
        to: &Repository,
        blob: &Descriptor,
        bytes: Bytes,
        from: Option<&Repository>,
    ) -> Result<BlobWrite, RegistryError> {
        let mut attempt = 0;
        loop {
            let error = match self.bring_once(to, blob, bytes.clone(), from).await {
                Err(error) if may_begin_anew(&error) => error,
                done => return done,
            };
            match self.transport.retry.delay(attempt) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn bring_once(
        &self,
        to: &Repository,
        blob: &Descriptor,
        bytes: Bytes,
        from: Option<&Repository>,
    ) -> Result<BlobWrite, RegistryError> {
        let session = match self.begin_upload(to, blob, from).await? {
            Begun::There(write) => return Ok(write),
            Begun::Upload(session) => session,
        };
        if bytes.len() > POST_BYTES_MAX {
            // It may take longer than a request may.
            self.finish_upload(to, session, blob, bytes.into()).await?;
        } else {
            self.finish_upload_bytes(to, session, blob, bytes).await?;
        }
        Ok(BlobWrite::Uploaded)
    }
}

/// Whether an upload broke off in a way that the next one need not: its connection, its token,
/// its session (404 or 416), or a registry that had too much to do.
fn may_begin_anew(error: &RegistryError) -> bool {
    match error {
        RegistryError::Unreachable { source, .. } => source.is_some(),
        RegistryError::Status { status, .. } => {
            matches!(status, 401 | 404 | 408 | 416 | 429 | 500 | 502 | 503 | 504)
        }
        _ => false,
    }
}
