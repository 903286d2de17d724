//! Large blobs on registries that do not find them by a mount.

use std::sync::atomic::Ordering;

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository};

use crate::client::Client;

/// From this size on, in bytes, an upload in vain costs more than a request to avoid it.
const LARGE_BYTES: u64 = 64 * 1024 * 1024;

impl Client {
    /// Whether a large blob is there, although a mount from its own repository did not find it,
    /// or is known not to. Some registries mount nothing, and a copy that is carried on would
    /// upload everything again.
    ///
    /// A registry of which that is not known is asked once: a large blob that is not there is
    /// taken for a sign that the others are not there either.
    pub(super) async fn is_there_after_all(
        &self,
        to: &Repository,
        blob: &Descriptor,
    ) -> Result<bool, RegistryError> {
        let ways = &self.ways;
        if blob.size < LARGE_BYTES || ways.finds_blobs.works() {
            return Ok(false);
        }
        // Blobs that are begun at the same time wait for the answer of the first.
        let _alone = ways.look.lock().await;
        if ways.looked_in_vain.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let there = self.has_blob(to, blob.digest).await?;
        if there {
            ways.finds_blobs.seen(false);
        } else if !ways.finds_blobs.fails() {
            ways.looked_in_vain.store(true, Ordering::Relaxed);
        }
        Ok(there)
    }
}
