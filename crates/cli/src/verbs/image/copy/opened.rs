//! Places that are ready to be written to.

use std::path::Path;
use std::sync::Arc;

use liftlock_oci::{Digest, RawManifest};
use liftlock_registry::{
    Archive, Choice, Copied, Delivered, Destination, Graph, HttpRegistries, Place, discover,
};
use liftlock_verbs::{Exit, Failure};

use super::Options;
use super::folder::{Folder, FolderError};
use super::tar_file::{TarFile, has_all};
use super::target::{At, Target};
use crate::verbs::image::failure::{copy_failure, layout_failure, place_failure};
use crate::verbs::image::place::{Source, repository};

/// A place, and what must be kept or done for it beside the copy.
#[derive(Debug)]
pub(super) enum Opened {
    Repository(Destination),
    Folder(Destination, Folder),
    File(Destination, TarFile),
    /// A tar file that has all of it.
    Unchanged(Copied),
}

impl Opened {
    pub(super) fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Repository(to) | Self::Folder(to, _) | Self::File(to, _) => Some(to),
            Self::Unchanged(_) => None,
        }
    }
}

/// Opens all places, or none: the source is looked at before anything is made for it.
pub(super) async fn open(
    source: &mut Source,
    targets: &[Target],
    options: &Options,
    registries: &HttpRegistries,
) -> Result<Vec<Opened>, Failure> {
    let on_disk = |target: &Target| !matches!(target.at, At::Repository(_));
    let root = if targets.iter().any(on_disk) {
        let root = Root::read(source).await?;
        source.pin(root.digest());
        Some(root)
    } else {
        None
    };
    let mut opened = Vec::new();
    for target in targets {
        opened.push(match (&target.at, &root) {
            (At::Repository(name), _) => {
                Opened::Repository(options.destination(repository(name, registries)?, target))
            }
            (At::Folder(path), _) => {
                let folder = Folder::open(path).map_err(folder_failure)?;
                let place = layout_place(&folder, path);
                Opened::Folder(options.destination(place, target), folder)
            }
            (At::File(path), Some(root)) => {
                if let Some(unchanged) = root.unchanged(source, path, target, options).await? {
                    Opened::Unchanged(unchanged)
                } else {
                    let file = gather(path, root.digest(), &options.choice, target)?;
                    let place = layout_place(&file.folder, path);
                    Opened::File(options.destination(place, target), file)
                }
            }
            (At::File(path), None) => {
                return Err(Failure::failed("io", path.display().to_string()));
            }
        });
    }
    Ok(opened)
}

fn gather(path: &Path, root: Digest, choice: &Choice, target: &Target) -> Result<TarFile, Failure> {
    expect_above(path)?;
    TarFile::gather(path, root, choice, &target.tags).map_err(folder_failure)
}

/// The folder that a tar file shall be in is not made: it may be a slip of the pen.
pub(super) fn expect_above(path: &Path) -> Result<(), Failure> {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above
        && !above.is_dir()
    {
        let message = format!("{} is no folder", above.display());
        return Err(Failure::failed("not-found", message).hint("make it first, with mkdir -p"));
    }
    Ok(())
}

fn layout_place(folder: &Folder, path: &Path) -> Place {
    Place::Layout {
        layout: Arc::clone(&folder.layout),
        path: path.to_owned(),
    }
}

pub(super) fn folder_failure(error: FolderError) -> Failure {
    match error {
        FolderError::Layout(error) => layout_failure(error),
        error @ FolderError::Other { .. } => {
            Failure::new(Exit::Refused, "not-a-layout", error.to_string())
        }
    }
}

/// The image as it is at the source.
pub(super) struct Root(RawManifest);

impl Root {
    pub(super) async fn read(source: &Source) -> Result<Self, Failure> {
        let manifest = source.place.manifest(source.image.name()).await;
        Ok(Self(manifest.map_err(place_failure)?))
    }

    pub(super) fn digest(&self) -> Digest {
        self.0.digest()
    }

    pub(super) async fn graph(&self, source: &Source, choice: &Choice) -> Result<Graph, Failure> {
        let graph = discover(&source.place, self.0.clone(), source.image.name(), choice).await;
        graph.map_err(copy_failure)
    }

    /// Looks at a tar file that is there. With the whole image in it, nothing is to do;
    /// otherwise it is only replaced when that is asked for, and only where it is a layout.
    pub(super) async fn unchanged(
        &self,
        source: &Source,
        path: &Path,
        target: &Target,
        options: &Options,
    ) -> Result<Option<Copied>, Failure> {
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let archive = Archive::open(path).map_err(|error| Failure {
            exit: Exit::Refused,
            ..layout_failure(error)
        })?;
        if options.again {
            return Ok(None);
        }
        let graph = self.graph(source, &options.choice).await?;
        let root = graph.root().map_or(&self.0, |root| &root.manifest);
        if has_all(&archive, &graph, root.digest(), &target.tags).map_err(layout_failure)? {
            return Ok(Some(unchanged(target, root, &graph)));
        }
        let message = format!(
            "{} is there, and what is in it is not this copy; it was left alone",
            path.display()
        );
        Err(Failure::new(Exit::Refused, "exists", message).hint(
            "name another file, or write this one anew with --again; what else is in it goes",
        ))
    }
}

fn unchanged(target: &Target, root: &RawManifest, graph: &Graph) -> Copied {
    let blobs = graph.blobs().len();
    let delivered = Delivered {
        place: target.at.to_string(),
        tags: target.tags.iter().map(ToString::to_string).collect(),
        present: blobs,
        ..Delivered::default()
    };
    Copied {
        digest: root.digest(),
        media_type: root.media_type().to_owned(),
        manifests: graph.nodes().len(),
        referrers: graph.nodes().iter().filter(|n| !n.is_image()).count(),
        blobs,
        bytes_read: 0,
        destinations: vec![delivered],
    }
}
