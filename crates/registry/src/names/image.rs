//! An image as users write it: in a registry, or in an OCI image layout.

use std::fmt;
use std::str::FromStr;

use liftlock_oci::{Reference, ReferenceError};

use super::layout::{LayoutName, LayoutNameError, PREFIX};

/// `oci:PATH[:TAG][@DIGEST]`, or a reference to a registry.
///
/// Text that begins with `oci:` is always a layout; docker's image of that name is
/// `docker.io/library/oci`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageName {
    /// In a registry.
    Registry(Reference),
    /// In a layout, a folder or an archive.
    Layout(LayoutName),
}

/// Why a text does not name an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageNameError {
    /// Begins with `oci:`, and is no layout's name.
    #[error(transparent)]
    Layout(#[from] LayoutNameError),
    /// Not a reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Written as another tool does.
    #[error("{text:?} is not known here; {hint}")]
    Foreign {
        /// What was written, up to 120 characters.
        text: String,
        /// How to write it.
        hint: &'static str,
    },
}

/// How other tools write it, and how it is written here.
const FOREIGN: [(&str, &str); 9] = [
    ("docker://", "write a registry's image without docker://"),
    ("https://", "write a registry's image without https://"),
    (
        "http://",
        "write a registry's image without http:// and allow plain HTTP by option",
    ),
    ("oci-archive:", "write oci:PATH, for archives too"),
    ("ocidir://", "write oci:PATH"),
    (
        "docker-archive:",
        "write oci:PATH where docker 25 or later saved it; convert an older one with \
         skopeo copy docker-archive:PATH oci-archive:NEW",
    ),
    ("/", "write oci:PATH for a layout's folder or archive"),
    ("./", "write oci:PATH for a layout's folder or archive"),
    ("../", "write oci:PATH for a layout's folder or archive"),
];

impl FromStr for ImageName {
    type Err = ImageNameError;

    fn from_str(text: &str) -> Result<Self, ImageNameError> {
        if text.starts_with(PREFIX) {
            return Ok(Self::Layout(text.parse()?));
        }
        let foreign = FOREIGN.iter().find(|(prefix, _)| text.starts_with(prefix));
        if let Some((_, hint)) = foreign {
            let text = text.chars().take(120).collect();
            return Err(ImageNameError::Foreign { text, hint });
        }
        Ok(Self::Registry(text.parse()?))
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => reference.fmt(f),
            Self::Layout(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_tells_layouts_from_registries() {
        for (text, layout) in [
            ("oci:app", true),
            ("oci:latest", true),
            ("docker.io/library/oci:latest", false),
            ("registry.example.com/oci:1", false),
            (
                "localhost:5000/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                false,
            ),
        ] {
            let name: ImageName = text.parse().unwrap();
            assert_eq!(matches!(name, ImageName::Layout(_)), layout, "{text}");
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn other_tools_ways_to_write_it_are_explained() {
        for (text, hint) in [
            ("docker://r.example.com/a", "without docker://"),
            ("oci-archive:a.tar", "oci:PATH"),
            ("docker-archive:a.tar", "skopeo copy"),
            ("./app", "oci:PATH"),
            ("/app.tar", "oci:PATH"),
        ] {
            let error = text.parse::<ImageName>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(hint), "{error}");
        }
    }
}
