//! Manifests, referrers and tags of one destination, in their order.

use std::sync::Mutex;

use liftlock_oci::Tag;

use super::graph::{Graph, Node};
use super::plan::Write;
use super::run::{Progress, lock};
use super::{CopyEvent, CopyReport, CopyRequest};
use crate::companion::{self, Kept};
use crate::place::{Place, PlaceError};

/// How often a tag is written.
const TAG_WRITES_MAX: u32 = 3;

/// Carries out the writes of a destination that has not failed; the first error ends them.
pub(super) async fn all(
    request: &CopyRequest,
    graph: &Graph,
    at: usize,
    writes: &[Write],
    progress: &Mutex<Progress>,
    report: &CopyReport,
) {
    if lock(progress).failed.is_some() {
        return;
    }
    let place = &request.to[at].place;
    let writing = Writing {
        place,
        graph,
        progress,
        report,
    };
    for write in writes {
        if let Err(error) = writing.run(write).await {
            lock(progress).failed = Some(error);
            return;
        }
    }
    let tags = request.to[at].tags.iter().map(ToString::to_string);
    lock(progress).delivered.tags = tags.collect();
}

struct Writing<'a> {
    place: &'a Place,
    graph: &'a Graph,
    progress: &'a Mutex<Progress>,
    report: &'a CopyReport,
}

impl Writing<'_> {
    async fn run(&self, write: &Write) -> Result<(), PlaceError> {
        match write {
            Write::Child(at) => {
                let node = self.node(*at);
                self.place.put_child(&node.manifest).await?;
                self.written(node, None);
            }
            Write::Root(at) => {
                let node = self.node(*at);
                self.place.put_manifest(&node.manifest, None).await?;
                self.written(node, None);
            }
            Write::Referrer(at) => {
                let node = self.node(*at);
                self.place.put_referrer(&node.manifest).await?;
                self.written(node, None);
            }
            Write::Companion(at, tag) => self.companion(self.node(*at), tag).await?,
            Write::Tag(at, tag) => {
                let node = self.node(*at);
                self.tag(node, tag).await?;
                self.written(node, Some(tag));
            }
        }
        Ok(())
    }

    /// Written again where it is not known whether it arrived: it would only say the same.
    async fn tag(&self, node: &Node, tag: &Tag) -> Result<(), PlaceError> {
        let mut delay = self.place.retry_delay();
        for _ in 1..TAG_WRITES_MAX {
            match self.place.put_manifest(&node.manifest, Some(tag)).await {
                Ok(()) => return self.place.confirm_tag(tag, node.manifest.digest()).await,
                Err(error) if error.is_passing() => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(delay).await;
            delay *= 2;
        }
        self.place.put_manifest(&node.manifest, Some(tag)).await?;
        self.place.confirm_tag(tag, node.manifest.digest()).await
    }

    /// What the destination has under that tag is not lost.
    async fn companion(&self, node: &Node, tag: &Tag) -> Result<(), PlaceError> {
        match companion::put(self.place, &node.manifest, tag).await? {
            Kept::Written => self.written(node, Some(tag)),
            Kept::HasAll => {}
            Kept::Differs => {
                let mut progress = lock(self.progress);
                progress.delivered.kept.push(tag.to_string());
            }
        }
        Ok(())
    }

    fn node(&self, at: usize) -> &Node {
        &self.graph.nodes()[at]
    }

    fn written(&self, node: &Node, tag: Option<&Tag>) {
        lock(self.progress).delivered.manifests += 1;
        (self.report)(&CopyEvent::Manifest {
            digest: node.manifest.digest(),
            to: self.place.to_string(),
            tag: tag.cloned(),
        });
    }
}
