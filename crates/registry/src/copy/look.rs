//! What the destinations have already, found with as few requests as can be.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use futures_util::future;
use liftlock_oci::Digest;

use super::graph::{Graph, Role};
use super::plan::Known;
use super::run::{Progress, lock};
use super::{CopyRequest, Destination};
use crate::manifests::Name;
use crate::place::{Opening, Place, PlaceError};

/// What was asked about blobs in advance: each destination's answer is used once.
#[derive(Default)]
pub(super) struct Probed(Mutex<HashMap<(usize, Digest), Opening>>);

impl Probed {
    pub(super) fn take(&self, at: usize, digest: Digest) -> Option<Opening> {
        lock(&self.0).remove(&(at, digest))
    }

    fn put(&self, at: usize, digest: Digest, opening: Opening) {
        lock(&self.0).insert((at, digest), opening);
    }
}

/// What is known of each destination. One that cannot be asked has failed.
pub(super) async fn all(
    request: &CopyRequest,
    graph: &Graph,
    probed: &Probed,
    progress: &[Mutex<Progress>],
) -> Vec<Known> {
    let looks = request.to.iter().enumerate().map(|(at, to)| async move {
        let look = Look {
            request,
            graph,
            probed,
            at,
            to,
        };
        match look.run().await {
            Ok(known) => known,
            Err(error) => {
                lock(&progress[at]).failed = Some(error);
                Known::default()
            }
        }
    });
    future::join_all(looks).await
}

struct Look<'a> {
    request: &'a CopyRequest,
    graph: &'a Graph,
    probed: &'a Probed,
    at: usize,
    to: &'a Destination,
}

impl Look<'_> {
    async fn run(&self) -> Result<Known, PlaceError> {
        let place = &self.to.place;
        let same = place.is(&self.request.from);
        if same && !self.to.once {
            return Ok(Known {
                same,
                ..Known::default()
            });
        }
        let mut known = Known {
            same,
            ..Known::default()
        };
        if self.to.once || self.is_worth_a_look().await? {
            known.has_image = self.has_image().await? && (same || !self.request.again);
        }
        if !same && known.has_image {
            known.has = self.has().await?;
        }
        Ok(known)
    }

    /// Whether to ask for the tags before anything is written. In a registry that shares nothing
    /// with the source, the first blob tells: where it is missing, the image is too, and asking
    /// for it opened its upload. So a first copy has no request more than it must have. Where the
    /// answer is that a token is wanted, the tags are as good a next question, and for an image
    /// that is there the only one.
    async fn is_worth_a_look(&self) -> Result<bool, PlaceError> {
        if self.request.again {
            return Ok(false);
        }
        let place = &self.to.place;
        if !matches!(place, Place::Repository { .. })
            || place.shares_registry_with(&self.request.from)
        {
            return Ok(true);
        }
        let of_image = |users: &[usize]| users.iter().any(|&at| self.graph.nodes()[at].is_image());
        let blobs = self.graph.blobs();
        let Some((first, _)) = blobs.iter().find(|(_, users)| of_image(users)) else {
            return Ok(true);
        };
        let opening = match place.begin_blob_unshown(first).await {
            Ok(Some(opening)) => opening,
            Ok(None) => return Ok(true),
            // The blob's own transfer asks again, more than once.
            Err(error) if error.is_passing() => return Ok(false),
            Err(error) => return Err(error),
        };
        let there = matches!(opening, Opening::There(_));
        self.probed.put(self.at, first.digest, opening);
        Ok(there)
    }

    /// Whether each tag points at the image, or without tags, whether the image is there: it is
    /// written after all that it needs.
    async fn has_image(&self) -> Result<bool, PlaceError> {
        let Some(root) = self.graph.root() else {
            return Ok(false);
        };
        let wanted = root.manifest.digest();
        let place = &self.to.place;
        if self.to.tags.is_empty() {
            let found = place.manifest_digest(Name::Digest(wanted)).await?;
            return Ok(found == Some(wanted));
        }
        let mut all = true;
        for tag in &self.to.tags {
            match place.manifest_digest(Name::Tag(tag)).await? {
                Some(found) if found == wanted => {}
                Some(found) if self.to.once => {
                    return Err(PlaceError::Tag {
                        tag: place.named(Name::Tag(tag)),
                        found: found.to_string(),
                        wanted: wanted.to_string(),
                        message: "it is written once and was left alone".to_owned(),
                    });
                }
                _ => all = false,
            }
        }
        Ok(all)
    }

    /// Which of the source's referrers and companions it has.
    async fn has(&self) -> Result<BTreeSet<Digest>, PlaceError> {
        let place = &self.to.place;
        let mut has = BTreeSet::new();
        let mut asked = BTreeSet::new();
        for node in self.graph.nodes() {
            let digest = node.manifest.digest();
            match &node.role {
                Role::Referrer(subject) if asked.insert(*subject) => {
                    let listed = place.referrers(*subject).await?;
                    has.extend(listed.into_iter().map(|entry| entry.digest));
                }
                Role::Companion(_, tag)
                    if place.manifest_digest(Name::Tag(tag)).await? == Some(digest) =>
                {
                    has.insert(digest);
                }
                _ => {}
            }
        }
        self.add_parts(&mut has);
        Ok(has)
    }

    /// What a referrer lists is there where the referrer is.
    fn add_parts(&self, has: &mut BTreeSet<Digest>) {
        for node in self.graph.nodes().iter().rev() {
            if has.contains(&node.manifest.digest()) {
                has.extend(node.parts.children.iter().map(|child| child.digest));
            }
        }
    }
}
