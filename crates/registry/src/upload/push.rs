//! A blob in memory, however it gets there.

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository};

use super::{Begun, BlobWrite};
use crate::client::Client;

const OCTETS: &str = "application/octet-stream";

impl Client {
    /// Brings a blob into `repository`, where it is not there yet: mounted from `from`, a
    /// repository of the same registry, if that works, else uploaded in one PUT. What a mount
    /// finds there already counts as mounted.
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
        match self.begin_upload(to, blob, from).await? {
            Begun::There(write) => Ok(write),
            Begun::Upload(session) => {
                self.finish_upload_bytes(to, session, blob, bytes).await?;
                Ok(BlobWrite::Uploaded)
            }
        }
    }
}
