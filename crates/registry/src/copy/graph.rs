//! An image as a graph: its manifests, their blobs, and what refers to them. No IO.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::{Content, Descriptor, Digest, Platform, RawManifest, Tag, media_types};

use super::CopyError;

/// The most manifests of an image and all that refers to it.
pub(super) const MANIFESTS_MAX: usize = 2000;

/// The most bytes that all of them have together: they are held in memory.
pub(super) const MANIFEST_BYTES_TOTAL_MAX: usize = 64 * 1024 * 1024;

/// The most blobs they name.
const BLOBS_MAX: usize = 20_000;

/// An image and what belongs to it. Every manifest stands after those it lists.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    seen: BTreeSet<Digest>,
    bytes: usize,
}

/// A manifest in a [`Graph`].
#[derive(Debug, Clone)]
pub struct Node {
    /// Its bytes.
    pub manifest: RawManifest,
    /// Why it is here.
    pub role: Role,
    /// How deep below the root, or below what it refers to.
    pub depth: usize,
    /// The platform that the index gives it.
    pub platform: Option<Platform>,
    /// What it holds.
    pub parts: Parts,
}

/// Why a manifest is part of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// It is the image.
    Root,
    /// An index lists it.
    Child,
    /// It refers to another one by its subject.
    Referrer(Digest),
    /// It has a tag that cosign made of another one's digest.
    Companion(Digest, Tag),
    /// A referrer or companion lists it.
    Part,
}

/// What a manifest holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Manifests, where it is an index.
    pub children: Vec<Descriptor>,
    /// Configuration and layers, without foreign layers, which are somewhere else.
    pub blobs: Vec<Descriptor>,
    /// Foreign layers: never fetched.
    pub foreign: Vec<Descriptor>,
    /// What kind of artifact, where it says so.
    pub artifact_type: Option<String>,
}

impl Graph {
    /// Its manifests, each after those it lists.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The image's own manifest.
    pub fn root(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.role == Role::Root)
    }

    /// The digests of the image and of what it lists.
    pub fn image(&self) -> impl Iterator<Item = Digest> {
        let own = self.nodes.iter().filter(|node| node.is_image());
        own.map(|node| node.manifest.digest())
    }

    /// Every blob once, the largest first, with the manifests' places that need it.
    pub fn blobs(&self) -> Vec<(Descriptor, Vec<usize>)> {
        let mut blobs: BTreeMap<Digest, (Descriptor, Vec<usize>)> = BTreeMap::new();
        for (at, node) in self.nodes.iter().enumerate() {
            for blob in &node.parts.blobs {
                let entry = blobs.entry(blob.digest);
                let (_, users) = entry.or_insert_with(|| (blob.clone(), Vec::new()));
                users.push(at);
            }
        }
        let mut blobs: Vec<_> = blobs.into_values().collect();
        blobs.sort_by_key(|(blob, _)| std::cmp::Reverse(blob.size));
        blobs
    }

    pub(super) fn contains(&self, digest: Digest) -> bool {
        self.seen.contains(&digest)
    }

    /// Adds a manifest, unless it is there. Those that it lists must have been added.
    pub(super) fn add(&mut self, node: Node, what: &str) -> Result<(), CopyError> {
        if !self.seen.insert(node.manifest.digest()) {
            return Ok(());
        }
        self.bytes += node.manifest.bytes().len();
        let limit = |limit, unit| CopyError::Limit {
            what: what.to_owned(),
            limit,
            unit,
        };
        if self.seen.len() > MANIFESTS_MAX {
            return Err(limit(MANIFESTS_MAX, "manifests"));
        }
        if self.bytes > MANIFEST_BYTES_TOTAL_MAX {
            return Err(limit(MANIFEST_BYTES_TOTAL_MAX, "bytes of manifests"));
        }
        self.nodes.push(node);
        let blobs: usize = self.nodes.iter().map(|node| node.parts.blobs.len()).sum();
        if blobs > BLOBS_MAX {
            return Err(limit(BLOBS_MAX, "blobs"));
        }
        Ok(())
    }
}

impl Node {
    /// Whether it belongs to the image itself, and not to what refers to it.
    pub fn is_image(&self) -> bool {
        matches!(self.role, Role::Root | Role::Child)
    }
}

impl Parts {
    /// What `manifest` holds. `what` names it in errors.
    pub fn of(manifest: &RawManifest, what: &str) -> Result<Self, CopyError> {
        let content = manifest.parse().map_err(|error| CopyError::Shape {
            what: what.to_owned(),
            message: error.to_string(),
        })?;
        Ok(match content {
            Content::Index(index) => Self {
                artifact_type: index.artifact_type,
                children: index.manifests,
                ..Self::default()
            },
            Content::Manifest(manifest) => {
                let artifact_type = manifest.artifact_type.or_else(|| {
                    let kind = &manifest.config.media_type;
                    let image = kind == media_types::OCI_CONFIG || kind.contains("docker");
                    (!image).then(|| kind.clone())
                });
                let (foreign, layers) = manifest
                    .layers
                    .into_iter()
                    .partition(|layer| media_types::is_foreign_layer(&layer.media_type));
                let mut blobs: Vec<Descriptor> = layers;
                blobs.insert(0, manifest.config);
                Self {
                    children: Vec::new(),
                    blobs,
                    foreign,
                    artifact_type,
                }
            }
        })
    }
}
