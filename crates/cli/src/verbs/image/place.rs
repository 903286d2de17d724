//! Opening what was named on the command line.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use liftlock_oci::{Digest, Repository};
use liftlock_registry::{Archive, HttpRegistries, ImageName, Layout, LayoutName, Named, Place};
use liftlock_verbs::Failure;

use super::failure::layout_failure;

/// An image that can be read.
#[derive(Debug)]
pub(in crate::verbs) struct Source {
    pub(in crate::verbs) place: Place,
    pub(in crate::verbs) image: Named,
    /// As it was typed.
    name: String,
}

impl Source {
    /// Opens the place of an image. Nothing is asked of a registry yet.
    pub(in crate::verbs) fn open(
        name: &ImageName,
        registries: &HttpRegistries,
    ) -> Result<Self, Failure> {
        match name {
            ImageName::Registry(reference) => {
                let image = match (reference.digest, &reference.tag) {
                    (Some(digest), _) => Named::Digest(digest),
                    (None, Some(tag)) => Named::Tag(tag.clone()),
                    (None, None) => {
                        return Err(Failure::usage(format!(
                            "{reference} has neither a tag nor a digest"
                        )));
                    }
                };
                Ok(Self {
                    place: repository(&reference.repository, registries)?,
                    image,
                    name: name.to_string(),
                })
            }
            ImageName::Layout(name) => Self::open_layout(name),
        }
    }

    /// From now on it is this one, even if its tag moves.
    pub(super) fn pin(&mut self, digest: Digest) {
        self.image = Named::Digest(digest);
    }

    fn open_layout(name: &LayoutName) -> Result<Self, Failure> {
        let place = layout(name)?;
        let (tag, digest) = (name.tag.as_ref(), name.digest);
        let found = match &place {
            Place::Layout { layout, .. } => layout.image(tag, digest),
            Place::Archive { archive, .. } => archive.image(tag, digest),
            Place::Repository { .. } => return Err(Failure::usage(format!("{name} is no layout"))),
        };
        Ok(Self {
            image: Named::Digest(found.map_err(layout_failure)?),
            place,
            name: name.to_string(),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A repository of a registry.
pub(in crate::verbs) fn repository(
    repository: &Repository,
    registries: &HttpRegistries,
) -> Result<Place, Failure> {
    Ok(Place::Repository {
        client: registries.client(repository.host())?,
        repository: repository.clone(),
    })
}

/// A layout that is there, a folder or an archive.
pub(super) fn layout(name: &LayoutName) -> Result<Place, Failure> {
    let path = name.path.clone();
    expect(&path)?;
    if name.is_archive() {
        let archive = Arc::new(Archive::open(&path).map_err(layout_failure)?);
        Ok(Place::Archive { archive, path })
    } else {
        let layout = Arc::new(Layout::open(&path).map_err(layout_failure)?);
        Ok(Place::Layout { layout, path })
    }
}

/// Says it plainly where there is nothing, or a folder of something else.
fn expect(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::failed(
            "not-found",
            format!("there is no file or folder {shown}"),
        )),
        Ok(metadata) if metadata.is_dir() && !path.join("oci-layout").exists() => {
            Err(Failure::failed(
                "not-a-layout",
                format!("{shown} is not an OCI image layout: it has no file oci-layout"),
            ))
        }
        _ => Ok(()),
    }
}
