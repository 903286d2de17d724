//! One blob to all the destinations that need it.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future;
use liftlock_oci::Descriptor;
use tokio::sync::Semaphore;

use super::fan_out::fan_out;
use super::look::Probed;
use super::plan::BlobMove;
use super::run::{Progress, lock};
use super::{CopyError, CopyEvent, CopyReport, CopyRequest};
use crate::manifests::Name;
use crate::place::{OpenBlob, Opening, Place, PlaceError};
use crate::upload::{BlobWrite, POST_BYTES_MAX};

/// How often a blob is begun for a destination.
const PASSES_MAX: u32 = 4;

/// What all transfers of one copy share.
pub(super) struct Transfers<'a> {
    pub(super) request: &'a CopyRequest,
    pub(super) probed: &'a Probed,
    pub(super) progress: &'a [Mutex<Progress>],
    pub(super) report: &'a CopyReport,
    /// Bytes read from the source.
    pub(super) read: Mutex<u64>,
    /// A place for each blob whose bytes may be on their way at once.
    pub(super) sending: Semaphore,
}

/// How it ended in one destination.
type Ended = (usize, Result<BlobWrite, PlaceError>);

impl Transfers<'_> {
    /// Brings a blob to its destinations. One that fails for good is marked, and is left out from
    /// then on; the error is the source's.
    pub(super) async fn run(&self, part: &BlobMove) -> Result<(), CopyError> {
        let mut left = part.to.clone();
        let mut delay = self.delay(&left);
        for pass in 1..=PASSES_MAX {
            left.retain(|&at| lock(&self.progress[at]).failed.is_none());
            if left.is_empty() {
                return Ok(());
            }
            if pass > 1 {
                tokio::time::sleep(delay).await;
                delay *= 2;
            }
            match self.pass(&part.blob, &left).await {
                Ok(ended) => left = self.settle(&part.blob, ended, pass == PASSES_MAX),
                Err(error) if error.is_passing() && pass < PASSES_MAX => {
                    self.again(&part.blob, &self.request.from.to_string(), &error);
                }
                Err(source) => {
                    let what = self.request.from.named(Name::Digest(part.blob.digest));
                    return Err(CopyError::Source { what, source });
                }
            }
        }
        Ok(())
    }

    /// The wait before the second time; it doubles.
    fn delay(&self, to: &[usize]) -> Duration {
        let places = to.iter().map(|&at| &self.request.to[at].place);
        let delays = places.chain([&self.request.from]).map(Place::retry_delay);
        delays.max().unwrap_or_default()
    }

    /// Asks each destination, and sends to those that have to get the bytes. The error is the
    /// source's.
    async fn pass(&self, blob: &Descriptor, to: &[usize]) -> Result<Vec<Ended>, PlaceError> {
        let small = blob.size <= POST_BYTES_MAX as u64;
        // It is never closed.
        let sending = self.sending.acquire().await.ok();
        let asked = to.iter().map(|&at| async move {
            let opening = self.open(at, blob, small).await;
            (at, opening)
        });
        let mut ended = Vec::new();
        let mut streams: Vec<(usize, OpenBlob)> = Vec::new();
        let mut posts = Vec::new();
        for (at, opening) in future::join_all(asked).await {
            match opening {
                Ok(Some(Opening::There(how))) => ended.push((at, Ok(how))),
                Ok(Some(Opening::Open(open))) => streams.push((at, open)),
                Ok(None) => posts.push(at),
                Err(error) => ended.push((at, Err(error))),
            }
        }
        if streams.is_empty() && posts.is_empty() {
            return Ok(ended);
        }
        let reader = self.request.from.open_blob(blob).await?;
        let told = |count: usize| self.tell_bytes(blob, count);
        if !posts.is_empty() {
            let bytes = reader.into_bytes().await?;
            told(bytes.len());
            ended.extend(self.post(blob, &posts, bytes.clone()).await);
            ended.extend(fan_out(blob, bytes.into(), streams, (&|_| {}, sending)).await?);
        } else {
            ended.extend(fan_out(blob, reader.into(), streams, (&told, sending)).await?);
        }
        Ok(ended)
    }

    /// `None`: small enough to be sent without being asked for first.
    async fn open(
        &self,
        at: usize,
        blob: &Descriptor,
        small: bool,
    ) -> Result<Option<Opening>, PlaceError> {
        if let Some(opening) = self.probed.take(at, blob.digest) {
            return Ok(Some(opening));
        }
        let place = &self.request.to[at].place;
        let from = &self.request.from;
        let shared = place.shares_registry_with(from);
        if small && !shared {
            return Ok(None);
        }
        let mount = from.repository().filter(|_| shared);
        let opening = place.begin_blob(blob, mount, self.request.again).await?;
        Ok(Some(opening))
    }

    async fn post(&self, blob: &Descriptor, to: &[usize], bytes: bytes::Bytes) -> Vec<Ended> {
        let posts = to.iter().map(|&at| {
            let bytes = bytes.clone();
            async move {
                let place = &self.request.to[at].place;
                (at, place.put_small(blob, bytes).await)
            }
        });
        future::join_all(posts).await
    }

    /// Takes note of how it ended, and returns where it is to be tried again.
    fn settle(&self, blob: &Descriptor, ended: Vec<Ended>, last: bool) -> Vec<usize> {
        let mut left = Vec::new();
        for (at, result) in ended {
            let place = self.request.to[at].place.to_string();
            let mut progress = lock(&self.progress[at]);
            match result {
                Ok(how) => {
                    count(&mut progress, blob, how);
                    drop(progress);
                    (self.report)(&CopyEvent::Blob {
                        digest: blob.digest,
                        size: blob.size,
                        to: place,
                        how,
                    });
                }
                Err(error) if error.is_passing() && !last => {
                    drop(progress);
                    self.again(blob, &place, &error);
                    left.push(at);
                }
                Err(error) => {
                    progress.failed.get_or_insert(error);
                }
            }
        }
        left
    }

    fn again(&self, blob: &Descriptor, place: &str, error: &PlaceError) {
        (self.report)(&CopyEvent::Again {
            digest: blob.digest,
            to: place.to_owned(),
            reason: error.to_string(),
        });
    }

    fn tell_bytes(&self, blob: &Descriptor, count: usize) {
        *lock(&self.read) += count as u64;
        (self.report)(&CopyEvent::Bytes {
            digest: blob.digest,
            count: count as u64,
        });
    }
}

fn count(progress: &mut Progress, blob: &Descriptor, how: BlobWrite) {
    let delivered = &mut progress.delivered;
    match how {
        BlobWrite::Present => delivered.present += 1,
        BlobWrite::Mounted => delivered.mounted += 1,
        BlobWrite::Uploaded => {
            delivered.uploaded += 1;
            delivered.bytes += blob.size;
        }
    }
}
