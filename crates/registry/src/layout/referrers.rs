//! What refers to a manifest: its signatures, attestations, bills of material.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use liftlock_oci::{Descriptor, Digest, RawManifest, Tag};

use super::LayoutError;
use super::find_image::is_manifest;
use super::find_manifest::children;
use super::layout_files::{LayoutFiles, read_manifest};

/// What the listed manifests refer to, each read once: bytes under a digest do not change.
#[derive(Debug, Default)]
pub(crate) struct Subjects {
    known: Mutex<BTreeMap<Digest, Option<Referrer>>>,
}

#[derive(Debug)]
struct Referrer {
    subject: Digest,
    descriptor: Descriptor,
}

impl Referrer {
    /// What cannot be read refers to nothing that could be found.
    fn read(raw: &RawManifest) -> Option<Self> {
        let content = raw.parse().ok()?;
        Some(Self {
            subject: content.subject()?.digest,
            descriptor: raw.referrer_descriptor().ok()?,
        })
    }
}

/// The manifests listed in `index.json` whose subject it is, and those of the list under the
/// fallback tag `sha256-<hex>` (OCI distribution specification, "Referrers Tag Schema") that are
/// there. Each once.
pub(super) fn referrers(
    files: &impl LayoutFiles,
    subjects: &Subjects,
    subject: Digest,
) -> Result<Vec<Descriptor>, LayoutError> {
    let index = files.index()?;
    let mut found = subjects.of(files, index.entries(), subject)?;
    let tag: Option<Tag> = format!("sha256-{}", subject.hex()).parse().ok();
    for list in tag.iter().flat_map(|tag| index.tagged(tag)) {
        for listed in children(files, list)? {
            let known = found.iter().any(|d| d.digest == listed.digest);
            if !known && files.has_blob(listed.digest)? {
                found.push(listed);
            }
        }
    }
    Ok(found)
}

impl Subjects {
    fn of(
        &self,
        files: &impl LayoutFiles,
        entries: &[Descriptor],
        subject: Digest,
    ) -> Result<Vec<Descriptor>, LayoutError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let listed: BTreeSet<Digest> = entries.iter().map(|entry| entry.digest).collect();
        known.retain(|digest, _| listed.contains(digest));
        for entry in entries.iter().filter(|entry| is_manifest(entry)) {
            if let Entry::Vacant(place) = known.entry(entry.digest)
                && let Some(raw) = read_manifest(files, entry.digest, &entry.media_type)?
            {
                place.insert(Referrer::read(&raw));
            }
        }
        let referrers = known.values().flatten();
        Ok(referrers
            .filter(|referrer| referrer.subject == subject)
            .map(|referrer| referrer.descriptor.clone())
            .collect())
    }
}
