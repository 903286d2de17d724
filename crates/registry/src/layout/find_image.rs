//! Finding the image that a user names.

use std::collections::BTreeSet;

use liftlock_oci::{Descriptor, Digest, Tag, media_types};

use super::LayoutError;
use super::find_manifest::children;
use super::index_file::{IndexFile, full_name};
use super::layout_files::{LayoutFiles, digest_of_hex, read_manifest};

/// How many images a message lists.
const CHOICES_MAX: usize = 20;

/// The digest that `oci:PATH[:TAG][@DIGEST]` names: the digest where there is one, what the tag
/// points at, or the only image.
pub(super) fn image(
    files: &impl LayoutFiles,
    tag: Option<&Tag>,
    digest: Option<Digest>,
) -> Result<Digest, LayoutError> {
    let index = files.index()?;
    let unknown = |name: String| LayoutError::Unknown {
        path: files.place().to_owned(),
        name,
        choices: choices(index.entries()),
    };
    match (digest, tag) {
        (Some(digest), _) if files.has_blob(digest)? => Ok(digest),
        (Some(digest), _) => Err(unknown(format!("@{digest}"))),
        (None, Some(tag)) => match tagged(files, &index, tag)? {
            Some(found) => Ok(found),
            None => Err(unknown(format!(":{tag}"))),
        },
        (None, None) => only(files, &index),
    }
}

/// What a tag points at; more than one image of that tag is an error.
pub(super) fn tagged(
    files: &impl LayoutFiles,
    index: &IndexFile,
    tag: &Tag,
) -> Result<Option<Digest>, LayoutError> {
    let found = index.tagged(tag);
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.digest)),
        several => Err(LayoutError::Several {
            path: files.place().to_owned(),
            what: format!("image with the tag {tag}"),
            choices: choices(several.iter().copied()),
        }),
    }
}

/// The only image: what belongs to another one, as a platform's or a referrer, does not count.
fn only(files: &impl LayoutFiles, index: &IndexFile) -> Result<Digest, LayoutError> {
    let mut parts = BTreeSet::new();
    for entry in index.entries() {
        if media_types::is_index(&entry.media_type) {
            parts.extend(children(files, entry)?.iter().map(|child| child.digest));
        }
    }
    let mut images: Vec<&Descriptor> = Vec::new();
    for entry in index.entries() {
        let known = images.iter().any(|image| image.digest == entry.digest);
        if !known && !parts.contains(&entry.digest) && stands_alone(files, entry)? {
            images.push(entry);
        }
    }
    let path = files.place().to_owned();
    match images.as_slice() {
        [] => Err(LayoutError::Empty { path }),
        [one] => Ok(one.digest),
        several => Err(LayoutError::Several {
            path,
            what: "image".to_owned(),
            choices: choices(several.iter().copied()),
        }),
    }
}

fn stands_alone(files: &impl LayoutFiles, entry: &Descriptor) -> Result<bool, LayoutError> {
    if full_name(entry).is_some_and(is_companion) || !is_manifest(entry) {
        return Ok(false);
    }
    let raw = read_manifest(files, entry.digest, &entry.media_type)?;
    let content = raw.and_then(|raw| raw.parse().ok());
    Ok(content.is_none_or(|content| content.subject().is_none()))
}

pub(super) fn is_manifest(entry: &Descriptor) -> bool {
    media_types::MANIFESTS.contains(&entry.media_type.as_str())
}

/// Whether a name is that of cosign's tags, or of the referrers' fallback tag.
fn is_companion(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("sha256-") else {
        return false;
    };
    let hex = rest.split_once('.').map_or(rest, |(hex, _)| hex);
    digest_of_hex(hex).is_some()
}

/// Images as a user writes them behind a path.
fn choices<'a>(entries: impl IntoIterator<Item = &'a Descriptor>) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut more = 0;
    for entry in entries {
        if names.len() == CHOICES_MAX {
            more += 1;
            continue;
        }
        names.push(match full_name(entry) {
            Some(name) => format!("{name:?} = @{}", entry.digest),
            None => format!("@{}", entry.digest),
        });
    }
    if names.is_empty() {
        return "no image".to_owned();
    }
    let names = names.join(", ");
    if more > 0 {
        format!("{names}, and {more} more")
    } else {
        names
    }
}
