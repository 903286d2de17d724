//! Finding all that belongs to an image.

use std::collections::VecDeque;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use liftlock_oci::{Descriptor, Digest, Platform, RawManifest, Tag};

use super::graph::{Graph, Node, Parts, Role};
use super::{Choice, CopyError};
use crate::manifests::Name;
use crate::place::{Place, PlaceError};

/// How deep indexes may lie in indexes, and referrers refer to referrers.
const DEPTH_MAX: usize = 8;

/// How many manifests are asked for at once.
const READS_AT_ONCE: usize = 8;

/// Reads the manifests of the image whose root is `root`, and with `choice.referrers` all that
/// refers to them, at `from`. `name` is what the root was read by.
///
/// In a box, as [`super::copy`].
pub fn discover<'a>(
    from: &'a Place,
    root: RawManifest,
    name: Name<'a>,
    choice: &'a Choice,
) -> BoxFuture<'a, Result<Graph, CopyError>> {
    Box::pin(discovered(from, root, name, choice))
}

async fn discovered(
    from: &Place,
    root: RawManifest,
    name: Name<'_>,
    choice: &Choice,
) -> Result<Graph, CopyError> {
    let mut graph = Graph::default();
    let search = Search {
        from,
        what: from.named(Name::Digest(root.digest())),
    };
    let root = search.chosen(root, &choice.platforms).await?;
    let wanted = if choice.platforms.len() > 1 {
        choice.platforms.as_slice()
    } else {
        &[]
    };
    search.image(&mut graph, root, Role::Root, wanted).await?;
    if choice.referrers {
        search.referrers(&mut graph, name).await?;
    }
    Ok(graph)
}

struct Search<'a> {
    from: &'a Place,
    what: String,
}

/// A manifest whose children were not looked at yet.
struct Open {
    manifest: RawManifest,
    role: Role,
    depth: usize,
    platform: Option<Platform>,
}

impl Search<'_> {
    /// The manifest of the one platform that was chosen, where one was.
    async fn chosen(
        &self,
        root: RawManifest,
        platforms: &[Platform],
    ) -> Result<RawManifest, CopyError> {
        let Some(wanted) = platforms.first() else {
            return Ok(root);
        };
        let parts = Parts::of(&root, &self.what)?;
        let has = || parts.children.iter().filter_map(|c| c.platform.clone());
        if let Some(missing) = platforms.iter().find(|&p| !has().any(|q| q == *p)) {
            return Err(CopyError::Platform {
                what: self.what.clone(),
                wanted: missing.clone(),
                has: has().filter(|p| !p.is_unknown()).collect(),
            });
        }
        if platforms.len() > 1 {
            return Ok(root);
        }
        let child = parts
            .children
            .iter()
            .find(|child| child.platform.as_ref() == Some(wanted));
        match child {
            Some(child) => self.child(child).await,
            None => Ok(root),
        }
    }

    /// Adds a manifest and, before it, all that it lists, of the platforms wanted.
    async fn image(
        &self,
        graph: &mut Graph,
        manifest: RawManifest,
        role: Role,
        wanted: &[Platform],
    ) -> Result<(), CopyError> {
        // Parents first, as they are read; the graph wants them the other way round.
        let mut found: Vec<Node> = Vec::new();
        let mut open = VecDeque::from([Open {
            manifest,
            role,
            depth: 0,
            platform: None,
        }]);
        while let Some(next) = open.pop_front() {
            let node = self.node(next)?;
            if node.depth >= DEPTH_MAX {
                return Err(self.too_deep());
            }
            let children = node.parts.children.iter().filter(|child| {
                let platform = child.platform.as_ref();
                wanted.is_empty() || platform.is_none_or(|p| wanted.contains(p))
            });
            let reads: Vec<_> = children
                .filter(|child| !graph.contains(child.digest))
                .map(|child| async move { self.child(child).await.map(|raw| (raw, child)) })
                .collect();
            let read: Vec<_> = stream::iter(reads)
                .buffered(READS_AT_ONCE)
                .try_collect()
                .await?;
            for (manifest, child) in read {
                open.push_back(Open {
                    manifest,
                    role: inner(&node.role),
                    depth: node.depth + 1,
                    platform: child.platform.clone(),
                });
            }
            if found.len() + open.len() > super::graph::MANIFESTS_MAX {
                return Err(CopyError::Limit {
                    what: self.what.clone(),
                    limit: super::graph::MANIFESTS_MAX,
                    unit: "manifests",
                });
            }
            found.push(node);
        }
        for node in found.into_iter().rev() {
            graph.add(node, &self.what)?;
        }
        Ok(())
    }

    /// Adds what refers to the image's manifests, to what refers to them, and so on.
    async fn referrers(&self, graph: &mut Graph, name: Name<'_>) -> Result<(), CopyError> {
        let known = match name {
            Name::Tag(tag) => Some(tag),
            Name::Digest(_) => None,
        };
        let companions = self.from.companions(known).await;
        let mut companions = companions.map_err(|source| self.no_tags(source))?;
        let mut subjects: Vec<Digest> = graph.image().collect();
        for depth in 0.. {
            if subjects.is_empty() {
                return Ok(());
            }
            if depth >= DEPTH_MAX {
                return Err(self.too_deep());
            }
            let tags = async {
                let found = companions.of(&subjects).await;
                found.map_err(|source| self.no_tags(source))
            };
            let (referrers, tags) = tokio::try_join!(self.listed(&subjects), tags)?;
            let before = graph.nodes().len();
            for (subject, listed) in referrers {
                self.referrer(graph, subject, listed.digest).await?;
            }
            for (tag, subject) in tags {
                self.companion(graph, subject, tag).await?;
            }
            // Nothing refers to what cosign keeps under its tags.
            let new = graph.nodes()[before..].iter();
            let new = new.filter(|node| matches!(node.role, Role::Referrer(_)));
            subjects = new.map(|node| node.manifest.digest()).collect();
        }
        Ok(())
    }

    /// The first is asked for alone: what it shows of the registry may save asking for the others.
    async fn listed(&self, subjects: &[Digest]) -> Result<Vec<(Digest, Descriptor)>, CopyError> {
        let (first, others) = subjects.split_at(subjects.len().min(1));
        let mut listed = Vec::new();
        for some in [first, others] {
            let asked: Vec<_> = some.iter().map(|&of| self.listed_for(of)).collect();
            let some: Vec<_> = stream::iter(asked)
                .buffered(READS_AT_ONCE)
                .try_collect()
                .await?;
            listed.extend(some.into_iter().flatten());
        }
        Ok(listed)
    }

    async fn listed_for(&self, subject: Digest) -> Result<Vec<(Digest, Descriptor)>, CopyError> {
        let listed = self.from.listed_referrers(subject).await;
        let listed = listed.map_err(|source| self.unreadable(subject, source))?;
        Ok(listed.into_iter().map(|entry| (subject, entry)).collect())
    }

    fn no_tags(&self, source: PlaceError) -> CopyError {
        CopyError::Source {
            what: format!("the list of tags of {}", self.from),
            source,
        }
    }

    /// One that is listed and was deleted since is passed over.
    async fn referrer(
        &self,
        graph: &mut Graph,
        subject: Digest,
        digest: Digest,
    ) -> Result<(), CopyError> {
        if graph.contains(digest) {
            return Ok(());
        }
        match self.from.manifest(Name::Digest(digest)).await {
            Ok(manifest) => {
                let role = Role::Referrer(subject);
                self.image(graph, manifest, role, &[]).await
            }
            Err(error) if error.is_absent() => Ok(()),
            Err(source) => Err(self.unreadable(digest, source)),
        }
    }

    async fn companion(
        &self,
        graph: &mut Graph,
        subject: Digest,
        tag: Tag,
    ) -> Result<(), CopyError> {
        let manifest = match self.from.manifest(Name::Tag(&tag)).await {
            Ok(manifest) => manifest,
            Err(error) if error.is_absent() => return Ok(()),
            Err(source) => {
                let what = self.from.named(Name::Tag(&tag));
                return Err(CopyError::Source { what, source });
            }
        };
        if tag.as_str().contains('.') {
            let role = Role::Companion(subject, tag);
            return self.image(graph, manifest, role, &[]).await;
        }
        // The fallback tag: also beside a list of referrers, which may not show what it shows.
        let what = self.from.named(Name::Tag(&tag));
        for listed in Parts::of(&manifest, &what)?.children {
            self.referrer(graph, subject, listed.digest).await?;
        }
        Ok(())
    }

    async fn child(&self, child: &Descriptor) -> Result<RawManifest, CopyError> {
        match self.from.manifest(Name::Digest(child.digest)).await {
            Ok(manifest) => Ok(manifest),
            Err(error) if error.is_absent() => Err(CopyError::Shape {
                what: self.what.clone(),
                message: format!(
                    "it lists {}{}, which is not there; choose platforms that are, with --platform",
                    child.digest,
                    child
                        .platform
                        .as_ref()
                        .map(|platform| format!(" ({platform})"))
                        .unwrap_or_default(),
                ),
            }),
            Err(source) => Err(self.unreadable(child.digest, source)),
        }
    }

    fn node(&self, open: Open) -> Result<Node, CopyError> {
        let what = self.from.named(Name::Digest(open.manifest.digest()));
        Ok(Node {
            parts: Parts::of(&open.manifest, &what)?,
            manifest: open.manifest,
            role: open.role,
            depth: open.depth,
            platform: open.platform,
        })
    }

    fn unreadable(&self, digest: Digest, source: PlaceError) -> CopyError {
        CopyError::Source {
            what: self.from.named(Name::Digest(digest)),
            source,
        }
    }

    fn too_deep(&self) -> CopyError {
        CopyError::Limit {
            what: self.what.clone(),
            limit: DEPTH_MAX,
            unit: "levels of manifests",
        }
    }
}

/// The role of what a manifest of this role lists.
fn inner(role: &Role) -> Role {
    match role {
        Role::Root | Role::Child => Role::Child,
        Role::Referrer(_) | Role::Companion(..) | Role::Part => Role::Part,
    }
}
