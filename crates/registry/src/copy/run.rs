//! A copy from its beginning to its end.

use std::sync::Mutex;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, future, stream};
use liftlock_oci::Digest;
use tokio::sync::Semaphore;

use super::graph::Graph;
use super::look::{self, Probed};
use super::plan::{Plan, plan};
use super::transfer::Transfers;
use super::{CopyError, CopyEvent, CopyReport, CopyRequest, discover, write};
use crate::place::{Place, PlaceError};

/// How many blobs are sent at once to one destination; fewer where there are many.
const BLOBS_AT_ONCE: usize = 3;

/// How many blobs may be under way for each that is sent: one whose bytes are all there waits only
/// for the destination to store it, which takes long enough to send the next one meanwhile.
const UNDER_WAY: usize = 2;

/// How many streams to destinations may be open at once.
const STREAMS_MAX: usize = 32;

/// What was copied.
#[derive(Debug)]
pub struct Copied {
    /// The digest of the image, in every destination.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// How many manifests it has, with all that refers to it.
    pub manifests: usize,
    /// How many of them are referrers or companions.
    pub referrers: usize,
    /// How many different blobs.
    pub blobs: usize,
    /// How many bytes of blobs were read from the source.
    pub bytes_read: u64,
    /// Each destination, in the order they were asked for.
    pub destinations: Vec<Delivered>,
}

/// What one destination got.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivered {
    /// Where.
    pub place: String,
    /// The tags that hold the image now.
    pub tags: Vec<String>,
    /// Blobs that were there before.
    pub present: usize,
    /// Blobs that the registry took from the source repository.
    pub mounted: usize,
    /// Blobs that were sent.
    pub uploaded: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Manifests that were written.
    pub manifests: usize,
    /// Tags of cosign's that were left: the destination has signatures or attestations under them
    /// that the source does not have.
    pub kept: Vec<String>,
}

impl Delivered {
    /// Whether nothing had to be written.
    pub fn is_unchanged(&self) -> bool {
        self.manifests == 0 && self.uploaded == 0 && self.mounted == 0
    }
}

/// A destination while the copy goes on: what it got, and what ended it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) delivered: Delivered,
    pub(super) failed: Option<PlaceError>,
}

/// Copies an image. Destinations are independent: one that fails does not keep the others from
/// being completed, and is named in the error. In a box, so that copying is compiled in this crate
/// and not in each that copies.
pub fn copy<'a>(
    request: &'a CopyRequest,
    report: &'a CopyReport,
) -> BoxFuture<'a, Result<Copied, CopyError>> {
    Box::pin(copy_all(request, report))
}

async fn copy_all(request: &CopyRequest, report: &CopyReport) -> Result<Copied, CopyError> {
    let progress: Vec<Mutex<Progress>> = request
        .to
        .iter()
        .map(|to| {
            let mut progress = Progress::default();
            progress.delivered.place = to.place.to_string();
            Mutex::new(progress)
        })
        .collect();
    expect_writes(request);
    let root = request.from.manifest(request.image.name()).await;
    let root = root.map_err(|source| CopyError::Source {
        what: request.from.named(request.image.name()),
        source,
    })?;
    let graph = discover(&request.from, root, request.image.name(), &request.choice).await?;
    let probed = Probed::default();
    let known = look::all(request, &graph, &probed, &progress).await;
    let destinations: Vec<_> = known
        .into_iter()
        .zip(&request.to)
        .map(|(known, to)| (known, to.tags.as_slice()))
        .collect();
    let plan = plan(&graph, &destinations);
    tell(report, &graph, &plan);
    let at_once = (STREAMS_MAX / request.to.len().max(1)).clamp(1, BLOBS_AT_ONCE);
    let transfers = Transfers {
        request,
        probed: &probed,
        progress: &progress,
        report,
        read: Mutex::new(0),
        sending: Semaphore::new(at_once),
    };
    // Collected: a stream over a closure that borrows would ask too much of the compiler.
    let moves: Vec<_> = plan.blobs.iter().map(|blob| transfers.run(blob)).collect();
    stream::iter(moves)
        .buffer_unordered(at_once * UNDER_WAY)
        .try_collect::<Vec<()>>()
        .await?;
    let writes = plan.writes.iter().enumerate();
    let writes: Vec<_> = writes
        .map(|(at, writes)| write::all(request, &graph, at, writes, &progress[at], report))
        .collect();
    future::join_all(writes).await;
    let read = *lock(&transfers.read);
    end(&graph, progress, read)
}

/// The first token then serves whatever is done in a destination and, within one registry, the
/// source too.
fn expect_writes(request: &CopyRequest) {
    for to in &request.to {
        let Place::Repository { client, repository } = &to.place else {
            continue;
        };
        match request.from.repository() {
            Some(from) if to.place.shares_registry_with(&request.from) && from != repository => {
                client.expect_mounts(repository, from);
            }
            _ => client.expect_writes(repository),
        }
    }
}

fn tell(report: &CopyReport, graph: &Graph, plan: &Plan) {
    report(&CopyEvent::Planned {
        blobs: plan.blobs.len(),
        bytes: plan.blobs.iter().map(|part| part.blob.size).sum(),
        moves: plan.blobs.iter().map(|part| part.to.len()).sum(),
        manifests: graph.nodes().len(),
        destinations: plan.writes.len(),
    });
}

fn end(graph: &Graph, progress: Vec<Mutex<Progress>>, read: u64) -> Result<Copied, CopyError> {
    let mut done = Vec::new();
    let mut failed = Vec::new();
    for one in progress {
        let one = one
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match one.failed {
            None => done.push(one.delivered),
            Some(error) => failed.push((one.delivered.place, error)),
        }
    }
    if !failed.is_empty() {
        return Err(CopyError::Destinations { failed, done });
    }
    let Some(root) = graph.root() else {
        return Err(CopyError::Shape {
            what: "the image".to_owned(),
            message: "it has no manifest".to_owned(),
        });
    };
    Ok(Copied {
        digest: root.manifest.digest(),
        media_type: root.manifest.media_type().to_owned(),
        manifests: graph.nodes().len(),
        referrers: graph.nodes().iter().filter(|node| !node.is_image()).count(),
        blobs: graph.blobs().len(),
        bytes_read: read,
        destinations: done,
    })
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
