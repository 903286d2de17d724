//! Where images are copied from and to.

use std::path::{Path, PathBuf};

use super::report::Report;
use super::samples::{Format, Sample, TAG};
use super::world::World;
use crate::peers::crane;
use crate::peers::folder::Folder;
use crate::peers::program::Program;
use crate::peers::registry::Registry;
use crate::peers::skopeo;
use crate::peers::software::Access;
use crate::peers::trouble::Trouble;

/// A place that holds images.
pub(super) enum Place {
    Registry {
        name: &'static str,
        registry: Registry,
    },
    /// OCI layouts in folders of this one.
    Folders(PathBuf),
    /// OCI layouts in tar files of this folder.
    Archives(PathBuf),
}

impl Place {
    /// Every registry that can be had here, folders, and tar files; `of` keeps those of one
    /// scenario apart from others'.
    pub(super) fn all(
        world: &World,
        of: &str,
        report: &mut Report<'_>,
    ) -> Result<Vec<Self>, Trouble> {
        let mut places = Vec::new();
        for software in world.software(report)? {
            let name = software.name();
            let folder = format!("{of}-{name}");
            let registry = Registry::start(&world.folder, &folder, &software, Access::Everybody)?;
            places.push(Self::Registry { name, registry });
        }
        places.push(Self::Folders(world.folder.sub(&format!("{of}-folders"))?));
        places.push(Self::Archives(world.folder.sub(&format!("{of}-archives"))?));
        Ok(places)
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Registry { name, .. } => name,
            Self::Folders(_) => "folder",
            Self::Archives(_) => "tar",
        }
    }

    /// Its registry, if it is one.
    pub(super) fn registry(&self) -> Option<&Registry> {
        match self {
            Self::Registry { registry, .. } => Some(registry),
            Self::Folders(_) | Self::Archives(_) => None,
        }
    }

    /// Where its content is.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Registry { registry, .. } => &registry.data,
            Self::Folders(folder) | Self::Archives(folder) => folder,
        }
    }

    /// An image in it, as the product names it.
    pub(super) fn image(&self, name: &str, tag: &str) -> String {
        match self {
            Self::Registry { registry, .. } => format!("{}/{name}:{tag}", registry.host),
            Self::Folders(folder) => format!("oci:{}:{tag}", folder.join(name).display()),
            Self::Archives(folder) => {
                format!("oci:{}.tar:{tag}", folder.join(name).display())
            }
        }
    }

    /// The same, as skopeo names it.
    pub(super) fn to_skopeo(&self, name: &str, tag: &str) -> String {
        let image = self.image(name, tag);
        match self {
            Self::Registry { .. } => format!("docker://{image}"),
            Self::Folders(_) => image,
            Self::Archives(_) => image.replacen("oci:", "oci-archive:", 1),
        }
    }

    /// Puts a sample there without the product.
    pub(super) fn seed(&self, sample: &Sample) -> Result<(), Trouble> {
        let from = sample.layout.folder.display().to_string();
        match self {
            Self::Registry { .. } => sample.push(&self.image(sample.name, TAG)),
            Self::Folders(folder) => {
                let to = folder.join(sample.name).display().to_string();
                Program::new("cp", ["-r", &from, &to]).must().map(drop)
            }
            Self::Archives(folder) => {
                let to = folder.join(sample.name).display().to_string() + ".tar";
                let words = ["-cf", &to, "-C", &from, "."];
                Program::new("tar", words).must().map(drop)
            }
        }
    }
}

/// Reads an image that the product wrote with other programs, with every byte of it: the digest of
/// its manifest.
pub(super) fn read_whole(
    world: &World,
    sample: &Sample,
    place: &Place,
    name: &str,
    tag: &str,
) -> Result<String, Trouble> {
    let layout = match place {
        Place::Registry { .. } => None,
        Place::Folders(folder) => Some(folder.join(name)),
        Place::Archives(folder) => Some(unpacked(&folder.join(name), &world.folder)?),
    };
    match layout {
        // Skopeo knows docker's formats only where they are in registries.
        Some(layout) if sample.format == Format::Docker => {
            let read = format!("{}/read:{name}", world.registry.host);
            crane::push(&layout, &read)?;
            whole(&format!("docker://{read}"), &world.folder)
        }
        _ => whole(&place.to_skopeo(name, tag), &world.folder),
    }
}

/// A tar file's layout.
fn unpacked(path: &Path, folder: &Folder) -> Result<PathBuf, Trouble> {
    let to = folder.sub("unpacked")?;
    std::fs::remove_dir_all(&to).map_err(Trouble::file(&to))?;
    let (from, place) = (format!("{}.tar", path.display()), folder.sub("unpacked")?);
    let words = ["-xf", &from, "-C", &place.display().to_string()];
    Program::new("tar", words).must()?;
    Ok(to)
}

fn whole(image: &str, folder: &Folder) -> Result<String, Trouble> {
    let digest = skopeo::digest_of(image)?;
    let place = folder.sub("read")?;
    skopeo::copy(image, &format!("dir:{}", place.display()))?;
    std::fs::remove_dir_all(&place).map_err(Trouble::file(&place))?;
    Ok(digest)
}
