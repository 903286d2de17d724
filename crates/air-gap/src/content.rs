//! Every byte in an archive: read, compared with its digest, and belonging to an image.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::ImageKey;
use liftlock_oci::{Descriptor, Digest, Tag};
use liftlock_registry::{
    Choice, CopyError, CopyEvent, CopyReport, Graph, Name, discover, read_blob,
};

use crate::{ArchiveError, Opened};

/// What was read of the images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// How many manifests, with all that refers to the images.
    pub manifests: usize,
    /// How many of them are referrers, or what cosign keeps under tags.
    pub referrers: usize,
    /// How many different blobs beside them.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Foreign layers, which are named and never carried.
    pub foreign: usize,
}

/// Reads all of it. The images' graphs, too.
pub(crate) async fn check(
    opened: &Opened,
    report: &CopyReport,
) -> Result<(Content, BTreeMap<ImageKey, Graph>), ArchiveError> {
    let place = opened.place();
    let mut graphs = BTreeMap::new();
    for (key, image) in &opened.document().images {
        let digest = image.image.digest;
        expect_tag(opened, key, digest)?;
        let root = place.manifest(Name::Digest(digest)).await;
        let root = root.map_err(|source| CopyError::Source {
            what: place.named(Name::Digest(digest)),
            source,
        })?;
        let graph = discover(&place, root, Name::Digest(digest), &Choice::default()).await?;
        graphs.insert(key.clone(), graph);
    }
    let (content, blobs) = sum(graphs.values());
    expect_all_reached(opened, graphs.values(), &blobs)?;
    report(&CopyEvent::Planned {
        blobs: blobs.len(),
        bytes: content.bytes,
        moves: blobs.len(),
        manifests: content.manifests,
        destinations: 0,
    });
    let mut damaged = Vec::new();
    for blob in &blobs {
        if let Err(error) = read_blob(&place, blob, report).await {
            damaged.push(error);
        }
    }
    let count = damaged.len();
    match damaged.into_iter().next() {
        Some(first) => {
            let first = Box::new(first);
            Err(ArchiveError::Damaged { count, first })
        }
        None => Ok((content, graphs)),
    }
}

/// The tag that other tools name the image by is at the digest that the document says.
fn expect_tag(opened: &Opened, key: &ImageKey, digest: Digest) -> Result<(), ArchiveError> {
    let tag: Tag = key
        .as_str()
        .parse()
        .map_err(|error| ArchiveError::form(key.to_string(), error))?;
    match opened.archive.tag_digest(&tag)? {
        Some(found) if found == digest => Ok(()),
        found => Err(ArchiveError::Disagrees {
            what: format!("the image {key}"),
            one: format!("{digest} in the document"),
            other: match found {
                Some(found) => format!("{found} under its tag"),
                None => "nothing has its tag".to_owned(),
            },
        }),
    }
}

/// All graphs together, each manifest and blob once.
fn sum<'g>(graphs: impl Iterator<Item = &'g Graph>) -> (Content, Vec<Descriptor>) {
    let mut manifests: BTreeMap<Digest, bool> = BTreeMap::new();
    let mut blobs = BTreeMap::new();
    let mut foreign = BTreeSet::new();
    for graph in graphs {
        for node in graph.nodes() {
            let refers = manifests.entry(node.manifest.digest()).or_insert(true);
            *refers &= !node.is_image();
            foreign.extend(node.parts.foreign.iter().map(|layer| layer.digest));
        }
        for (blob, _) in graph.blobs() {
            // One digest with two sizes is damage in one of them at least.
            blobs.insert((blob.digest, blob.size), blob);
        }
    }
    let blobs: Vec<Descriptor> = blobs.into_values().collect();
    let content = Content {
        manifests: manifests.len(),
        referrers: manifests.values().filter(|refers| **refers).count(),
        blobs: blobs.len(),
        bytes: blobs
            .iter()
            .map(|blob| blob.size)
            .fold(0, u64::saturating_add),
        foreign: foreign.len(),
    };
    (content, blobs)
}

fn expect_all_reached<'g>(
    opened: &Opened,
    graphs: impl Iterator<Item = &'g Graph>,
    blobs: &[Descriptor],
) -> Result<(), ArchiveError> {
    let mut reached: BTreeSet<Digest> = blobs.iter().map(|blob| blob.digest).collect();
    for graph in graphs {
        reached.extend(graph.nodes().iter().map(|node| node.manifest.digest()));
    }
    let there = opened.archive.blobs();
    let mut others = there.keys().filter(|digest| !reached.contains(digest));
    match others.next() {
        None => Ok(()),
        Some(first) => Err(ArchiveError::Unreached {
            count: 1 + others.count(),
            first: *first,
        }),
    }
}
