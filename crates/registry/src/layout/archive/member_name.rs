//! What the names of an archive's members mean.

use liftlock_oci::Digest;

use super::super::layout_files::digest_of_hex;
use super::{INDEX, MARKER};

/// What a name means in a layout.
pub(super) enum MemberName {
    Marker,
    Index,
    Blob(Digest),
    DockerArchive,
    LayoutBelow,
    /// One of a layout's own folders.
    Folder,
    Other,
}

impl MemberName {
    pub(super) fn of(name: &[u8]) -> Self {
        let Ok(name) = std::str::from_utf8(name) else {
            return Self::Other;
        };
        match name {
            MARKER => Self::Marker,
            INDEX => Self::Index,
            "manifest.json" => Self::DockerArchive,
            "" | "." | "blobs" | "blobs/" | "blobs/sha256" | "blobs/sha256/" => Self::Folder,
            _ if name.ends_with("/oci-layout") => Self::LayoutBelow,
            _ => name
                .strip_prefix("blobs/sha256/")
                .and_then(digest_of_hex)
                .map_or(Self::Other, Self::Blob),
        }
    }
}

/// A name for a message.
pub(super) fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.chars()
        .take(120)
        .flat_map(char::escape_debug)
        .collect()
}
