//! The registries' content: manifests, tags, and what is wrong with a registry.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::attestation::Found;
use liftlock_oci::{Digest, Image, PinnedRef, Repository, Tag};

/// A tag in a repository.
pub(crate) type Place = (Repository, Tag);

/// All registries.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    slots: BTreeMap<Place, Slot>,
    /// Which manifests are where.
    pub(crate) present: BTreeSet<PinnedRef>,
    /// What was lost, and may be so between what we do and what we say of it.
    pub(crate) lost: BTreeSet<PinnedRef>,
    /// What there is to know of an image, wherever it is.
    pub(crate) images: BTreeMap<Digest, Image>,
    /// Until when a registry does not answer, by its host.
    pub(crate) down_until: BTreeMap<String, i64>,
    /// Tags that their registry does not let anyone move.
    pub(crate) immutable: BTreeSet<Place>,
    /// Registries that cannot delete a tag alone, by their host.
    pub(crate) undeletable: BTreeSet<String>,
    /// What is signed beside a manifest.
    signed: BTreeMap<PinnedRef, Vec<Signed>>,
    /// Whether the key to sign with cannot be used.
    pub(crate) keyless: bool,
}

/// An attestation, and what a check of it would say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signed {
    /// What it says to whoever checks it.
    pub(crate) found: Found,
    /// The manifest that it is about.
    pub(crate) about: Digest,
    /// Whether the signature is good.
    pub(crate) good: bool,
}

/// Where a tag is, and who else had a hand in that.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slot {
    pub(crate) digest: Option<Digest>,
    /// Where it was before the last write.
    pub(crate) before: Option<Digest>,
    /// How many entries all streams had when someone else last wrote it, or when we were last told
    /// something about it that was not so: what a promotion committed before that says about it
    /// cannot be held against the promotion.
    pub(crate) disturbed: Option<u64>,
}

impl Hub {
    pub(crate) fn slot(&self, place: &Place) -> Slot {
        self.slots.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn is_down(&self, host: &str, now: i64) -> bool {
        self.down_until.get(host).is_some_and(|until| now < *until)
    }

    /// Points a tag somewhere, or takes it away.
    pub(crate) fn write(&mut self, place: &Place, digest: Option<Digest>) {
        let slot = self.slots.entry(place.clone()).or_default();
        slot.before = slot.digest;
        slot.digest = digest;
    }

    /// Someone else had a hand in a tag, when all streams had `entries`.
    pub(crate) fn disturb(&mut self, place: &Place, entries: u64) {
        self.slots.entry(place.clone()).or_default().disturbed = Some(entries);
    }

    /// Puts an attestation beside a manifest, once.
    pub(crate) fn sign(&mut self, place: &PinnedRef, signed: Signed) {
        let there = self.signed.entry(place.clone()).or_default();
        if !there.contains(&signed) {
            there.push(signed);
        }
    }

    /// What is signed beside a manifest of an image; nothing where the image is not.
    pub(crate) fn signed_beside(&self, image: Digest, place: &PinnedRef) -> Vec<Signed> {
        let there = self.signed.get(place);
        let there = there.filter(|_| self.present.contains(&place.repository.pinned(image)));
        there.cloned().unwrap_or_default()
    }

    /// Everything that was ever signed.
    pub(crate) fn all_signed(&self) -> impl Iterator<Item = (&PinnedRef, &Signed)> {
        let each = self.signed.iter();
        each.flat_map(|(place, all)| all.iter().map(move |one| (place, one)))
    }

    /// What lies beside an image comes along with it.
    pub(crate) fn bring_signed(&mut self, from: &Repository, to: &Repository, image: Digest) {
        let platforms = self.images.get(&image).into_iter();
        let platforms =
            platforms.flat_map(|image| image.platforms.iter().map(|(_, digest)| *digest));
        let manifests: Vec<Digest> = platforms.chain([image]).collect();
        for manifest in manifests {
            let there = self.signed.get(&from.pinned(manifest)).cloned();
            for one in there.unwrap_or_default() {
                self.sign(&to.pinned(manifest), one);
            }
        }
    }

    /// All tags that point anywhere.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (&Place, Digest)> {
        let slots = self.slots.iter();
        slots.filter_map(|(place, slot)| Some((place, slot.digest?)))
    }

    /// A new image, as a build pushes it.
    pub(crate) fn push(&mut self, repository: &Repository, image: &Image, tag: &Tag) {
        self.images.insert(image.digest, image.clone());
        self.present.insert(repository.pinned(image.digest));
        self.write(&(repository.clone(), tag.clone()), Some(image.digest));
    }

    /// Takes away what no tag holds, as registries do from time to time.
    pub(crate) fn clean_up(&mut self) -> usize {
        let held: BTreeSet<PinnedRef> = self
            .tags()
            .map(|((repository, _), digest)| repository.pinned(digest))
            .collect();
        let before = self.present.len();
        self.present.retain(|image| held.contains(image));
        before - self.present.len()
    }
}
