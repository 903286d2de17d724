//! What a copy would do. Only asks: one request for each blob and manifest.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use liftlock_oci::{Descriptor, Digest, Tag};
use liftlock_registry::{Archive, Graph, HttpRegistries, Name, Place, PlaceError};
use liftlock_verbs::{
    Done, Exit, Failure,
    show::{bytes, count},
};
use serde_json::{Value, json};

use super::Options;
use super::folder;
use super::opened::{Root, expect_above, folder_failure};
use super::target::{At, Target};
use crate::verbs::image::failure::{layout_failure, place_failure};
use crate::verbs::image::place::{Source, repository};

/// How many questions are open at once.
const ASKED_AT_ONCE: usize = 8;

/// What a place has, and what it would get.
struct Outlook {
    place: String,
    /// Each tag, and where it points now.
    tags: Vec<(Tag, Option<Digest>)>,
    manifests: usize,
    there: usize,
    missing: usize,
    bytes: u64,
    /// The registry would take them from the source repository.
    mounts: bool,
}

impl Outlook {
    /// Fails where a tag that is only written once holds something else.
    fn expect_free(&self, digest: Digest) -> Result<(), Failure> {
        for (tag, now) in &self.tags {
            if let Some(now) = now.filter(|now| *now != digest) {
                let message = format!("{}:{tag} holds {now}, and would be left alone", self.place);
                return Err(Failure::new(Exit::Refused, "tag", message));
            }
        }
        Ok(())
    }
}

pub(super) async fn run(
    source: &Source,
    targets: &[Target],
    options: &Options,
    registries: &HttpRegistries,
) -> Result<Done, Failure> {
    let root = Root::read(source).await?;
    let graph = root.graph(source, &options.choice).await?;
    let digest = graph.root().map(|root| root.manifest.digest());
    let digest = digest.unwrap_or_else(|| root.digest());
    let mut outlooks = Vec::new();
    for target in targets {
        if let At::File(path) = &target.at {
            expect_above(path)?;
            root.unchanged(source, path, target, options).await?;
        }
        let place = place(target, options, registries)?;
        let outlook = look(source, &graph, target, place.as_ref()).await?;
        if options.once {
            outlook.expect_free(digest)?;
        }
        outlooks.push(outlook);
    }
    let blobs = graph.blobs();
    let size: u64 = blobs.iter().map(|(blob, _)| blob.size).sum();
    let mut lines = vec![format!(
        "would copy {source} as {digest}: {}, {} ({})",
        count(graph.nodes().len(), "manifest"),
        count(blobs.len(), "blob"),
        bytes(size)
    )];
    lines.extend(outlooks.iter().map(|outlook| text(outlook, digest)));
    let json = json!({
        "from": source.to_string(),
        "image": { "digest": digest },
        "manifests": graph.nodes().len(),
        "referrers": graph.nodes().iter().filter(|n| !n.is_image()).count(),
        "blobs": blobs.len(),
        "bytes": size,
        "dry_run": true,
        "destinations": outlooks.iter().map(|o| as_json(o, digest)).collect::<Vec<_>>(),
    });
    Ok(Done::new(lines.join("\n"), json))
}

/// The place as it is; `None` where there is nothing yet, or it would be written anew.
fn place(
    target: &Target,
    options: &Options,
    registries: &HttpRegistries,
) -> Result<Option<Place>, Failure> {
    match &target.at {
        At::Repository(name) => repository(name, registries).map(Some),
        At::Folder(path) => {
            let layout = folder::look(path).map_err(folder_failure)?;
            Ok(layout.map(|layout| Place::Layout {
                layout: Arc::new(layout),
                path: path.clone(),
            }))
        }
        At::File(path) if path.exists() && !options.again => {
            let archive = Arc::new(Archive::open(path).map_err(layout_failure)?);
            let path = path.clone();
            Ok(Some(Place::Archive { archive, path }))
        }
        At::File(_) => Ok(None),
    }
}

async fn look(
    source: &Source,
    graph: &Graph,
    target: &Target,
    place: Option<&Place>,
) -> Result<Outlook, Failure> {
    let mut outlook = Outlook {
        place: target.at.to_string(),
        tags: Vec::new(),
        manifests: 0,
        there: 0,
        missing: 0,
        bytes: 0,
        mounts: place.is_some_and(|place| share(place, &source.place)),
    };
    for tag in &target.tags {
        let now = match place {
            Some(place) => place.manifest_digest(Name::Tag(tag)).await,
            None => Ok(None),
        };
        outlook
            .tags
            .push((tag.clone(), now.map_err(place_failure)?));
    }
    let there = match place {
        Some(place) => there(place, graph).await?,
        None => BTreeSet::new(),
    };
    for node in graph.nodes() {
        outlook.manifests += usize::from(!there.contains(&node.manifest.digest()));
    }
    for (blob, _) in graph.blobs() {
        if there.contains(&blob.digest) {
            outlook.there += 1;
        } else {
            outlook.missing += 1;
            outlook.bytes += blob.size;
        }
    }
    Ok(outlook)
}

/// Which of the image's manifests and blobs are there.
async fn there(place: &Place, graph: &Graph) -> Result<BTreeSet<Digest>, Failure> {
    let manifests = graph.nodes().iter().map(|node| node.manifest.descriptor());
    let manifests = manifests.map(|manifest| (manifest, true));
    let blobs = graph.blobs().into_iter().map(|(blob, _)| (blob, false));
    let asked: Vec<_> = manifests
        .chain(blobs)
        .map(|(wanted, is_manifest)| async move {
            let has = has(place, &wanted, is_manifest).await;
            has.map(|has| has.then_some(wanted.digest))
        })
        .collect();
    let answers: Vec<_> = stream::iter(asked)
        .buffer_unordered(ASKED_AT_ONCE)
        .try_collect()
        .await
        .map_err(place_failure)?;
    Ok(answers.into_iter().flatten().collect())
}

async fn has(place: &Place, wanted: &Descriptor, is_manifest: bool) -> Result<bool, PlaceError> {
    let digest = wanted.digest;
    let size = match place {
        Place::Repository { client, repository } => {
            return if is_manifest {
                let name = Name::Digest(digest);
                let found = client.manifest_digest(repository, name).await?;
                Ok(found == Some(digest))
            } else {
                Ok(client.has_blob(repository, digest).await?)
            };
        }
        Place::Layout { layout, .. } => layout.blob_size(digest)?,
        Place::Archive { archive, .. } => archive.blob_size(digest)?,
    };
    Ok(size == Some(wanted.size))
}

/// Whether both are repositories of one registry.
fn share(a: &Place, b: &Place) -> bool {
    match (a, b) {
        (Place::Repository { repository: a, .. }, Place::Repository { repository: b, .. }) => {
            a.host() == b.host()
        }
        _ => false,
    }
}

fn text(outlook: &Outlook, digest: Digest) -> String {
    let place = &outlook.place;
    let tags = outlook.tags.iter().map(|(tag, now)| match now {
        None => format!("{place}:{tag} would be new"),
        Some(now) if *now == digest => format!("{place}:{tag} points there already"),
        Some(now) => format!("{place}:{tag} would move from {now}"),
    });
    let mut lines: Vec<String> = tags.collect();
    if lines.is_empty() {
        lines.push(format!("{place}@{digest}, without a tag"));
    }
    let how = if outlook.mounts { "mount" } else { "send" };
    let mut parts = Vec::new();
    if outlook.missing > 0 {
        let blobs = count(outlook.missing, "blob");
        parts.push(format!("{blobs} to {how} ({})", bytes(outlook.bytes)));
    }
    if outlook.there > 0 {
        parts.push(format!("{} there", count(outlook.there, "blob")));
    }
    parts.push(format!("{} to write", count(outlook.manifests, "manifest")));
    lines.push(format!("  {}", parts.join(", ")));
    lines.join("\n")
}

fn as_json(outlook: &Outlook, digest: Digest) -> Value {
    let tags = outlook
        .tags
        .iter()
        .map(|(tag, now)| json!({ "tag": tag, "now": now, "moves": *now != Some(digest) }));
    json!({
        "place": outlook.place,
        "tags": tags.collect::<Vec<_>>(),
        "manifests": outlook.manifests,
        "present": outlook.there,
        "missing": outlook.missing,
        "bytes": outlook.bytes,
        "mounts": outlook.mounts,
    })
}
