//! Layouts that `cosign save` wrote. It lists one image and, beside it, its signatures and its
//! attestations, told apart by an annotation; none of them has a name.

use liftlock_oci::{Descriptor, Digest};

/// The annotation that says what an entry is.
const KIND: &str = "kind";

/// The kinds of images.
const IMAGES: [&str; 2] = [
    "dev.cosignproject.cosign/image",
    "dev.cosignproject.cosign/imageIndex",
];

/// The kinds of what belongs to the image, and how cosign's tags for it end in a registry.
const PARTS: [(&str, &str); 2] = [
    ("dev.cosignproject.cosign/sigs", "sig"),
    ("dev.cosignproject.cosign/atts", "att"),
];

/// The names that the entries would have had as tags in a registry, by their place in `entries`.
/// None where more than one image is listed: nothing says then what belongs to which.
pub(super) fn names(entries: &[Descriptor]) -> Vec<(usize, String)> {
    let kind = |entry: &Descriptor| entry.annotations.get(KIND).cloned().unwrap_or_default();
    let images: Vec<Digest> = entries
        .iter()
        .filter(|entry| IMAGES.contains(&kind(entry).as_str()))
        .map(|entry| entry.digest)
        .collect();
    let [image] = images.as_slice() else {
        return Vec::new();
    };
    let parts = entries.iter().enumerate().filter_map(|(at, entry)| {
        let kind = kind(entry);
        let (_, end) = PARTS.iter().find(|(part, _)| *part == kind)?;
        Some((at, format!("sha256-{}.{end}", image.hex())))
    });
    parts.collect()
}
