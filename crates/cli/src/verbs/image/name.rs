//! Images and places on the command line: in a registry, or `oci:PATH`.

use liftlock_oci::Repository;
use liftlock_registry::{ImageName, ImageNameError, LayoutName};

use liftlock_verbs::definite;

/// Reads an image. In a registry it has a tag or a digest; a layout may hold only one image.
pub(in crate::verbs) fn image(text: &str) -> Result<ImageName, String> {
    let name: ImageName = text.parse().map_err(|e: ImageNameError| e.to_string())?;
    match name {
        ImageName::Registry(_) => Ok(ImageName::Registry(definite(text)?)),
        ImageName::Layout(_) => Ok(name),
    }
}

/// Reads a place for a copy: its digest is that of what is copied.
pub(super) fn destination(text: &str) -> Result<ImageName, String> {
    let name: ImageName = text.parse().map_err(|e: ImageNameError| e.to_string())?;
    let digest = match &name {
        ImageName::Registry(reference) => reference.digest,
        ImageName::Layout(name) if is_compressed(name) => {
            return Err("a tar file is written uncompressed; name it FILE.tar".to_owned());
        }
        ImageName::Layout(name) => name.digest,
    };
    match digest {
        None => Ok(name),
        Some(_) => Err(
            "a copy has the digest of its source; name a place, with :TAG or without".to_owned(),
        ),
    }
}

/// Whether the path is that of a compressed file, which a folder would be made for.
fn is_compressed(name: &LayoutName) -> bool {
    let ends = [".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"];
    let path = name.path.to_string_lossy();
    ends.iter().any(|end| path.ends_with(end)) && !name.path.exists()
}

/// Where tags are listed.
#[derive(Debug, Clone)]
pub(super) enum Tagged {
    Repository(Repository),
    Layout(LayoutName),
}

/// Reads a repository or a layout, without tag and digest.
pub(super) fn tagged(text: &str) -> Result<Tagged, String> {
    match text.parse() {
        Ok(ImageName::Layout(name)) if name.tag.is_none() && name.digest.is_none() => {
            Ok(Tagged::Layout(name))
        }
        Ok(ImageName::Layout(_)) => Err(
            "it names a tag or digest; only a layout may stand here (a path with a colon is \
             written with a slash at its end)"
                .to_owned(),
        ),
        Ok(ImageName::Registry(_)) | Err(ImageNameError::Reference(_)) => {
            let repository = text.parse::<Repository>();
            Ok(Tagged::Repository(repository.map_err(|e| e.to_string())?))
        }
        Err(error) => Err(error.to_string()),
    }
}
