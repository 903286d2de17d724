//! What is signed beside images: good and bad, by whose key it may be and by others, about the image
//! it lies beside or another one.

use liftlock_core::attestation::{EVIDENCE_TYPES, Found};
use liftlock_core::policy::{EvidenceKind, Policy, PredicateType, PublicKey};
use liftlock_core::release::ReleaseContent;
use liftlock_oci::{Digest, PinnedRef};
use serde_json::{Value, json};

use super::gates::{BUILDER, PROVENANCE};
use super::is;
use super::keys::{CI, all};
use super::reports::{self, subjects};
use crate::random::Random;
use crate::registry::Signed;

/// Where nothing may be built.
const LAPTOP: &str = "https://laptop.example/";

/// All that any gate may want signed, as it has to be.
pub(crate) fn honest(
    random: &mut Random,
    policy: &Policy,
    release: &ReleaseContent,
) -> Vec<(PinnedRef, Signed)> {
    let Some(key) = policy.keys.get(&is(CI)) else {
        return Vec::new();
    };
    let mut signed = Vec::new();
    for (predicate, kind) in types() {
        let what = What {
            predicate,
            kind,
            key: key.clone(),
            builder: format!("{BUILDER}main"),
            good: true,
        };
        signed.extend(beside(random, release, &what));
    }
    signed
}

/// The same, each with one thing that is not as it has to be.
pub(crate) fn nearly(
    random: &mut Random,
    policy: &Policy,
    release: &ReleaseContent,
) -> Vec<(PinnedRef, Signed)> {
    let Some(ci) = policy.keys.get(&is(CI)) else {
        return Vec::new();
    };
    let (keys, mut signed) = (all(), Vec::new());
    for (predicate, kind) in types() {
        let wrong = random.below(5);
        let other = random.pick(&keys).filter(|_| wrong == 0);
        let builder = if wrong == 1 { LAPTOP } else { BUILDER };
        let what = What {
            predicate,
            kind,
            key: other.unwrap_or(ci).clone(),
            builder: format!("{builder}main"),
            good: wrong != 2,
        };
        for (place, mut one) in beside(random, release, &what) {
            match wrong {
                3 => one.good = false,
                4 => one.about = Digest::of(b"another image"),
                _ => {}
            }
            signed.push((place, one));
        }
    }
    signed
}

/// Something that may count nowhere.
pub(crate) fn any(random: &mut Random, release: &ReleaseContent) -> Vec<(PinnedRef, Signed)> {
    let (types, keys) = (types(), all());
    let (Some((predicate, kind)), Some(key)) = (random.pick(&types), random.pick(&keys)) else {
        return Vec::new();
    };
    let builder = if random.chance(500) { BUILDER } else { LAPTOP };
    let what = What {
        predicate: predicate.clone(),
        kind: *kind,
        key: key.clone(),
        builder: format!("{builder}main"),
        good: random.chance(700),
    };
    let mut signed = beside(random, release, &what);
    for (_, one) in &mut signed {
        if random.chance(150) {
            one.good = false;
        } else if random.chance(150) {
            // What was signed for something else is put here.
            one.about = Digest::of(b"another image");
        }
    }
    signed
}

/// What is signed, by whom, and what it says.
struct What {
    predicate: PredicateType,
    kind: Option<EvidenceKind>,
    key: PublicKey,
    builder: String,
    good: bool,
}

fn types() -> Vec<(PredicateType, Option<EvidenceKind>)> {
    let read = EVIDENCE_TYPES.map(|(uri, kind)| (is(uri), Some(kind)));
    let bare = [(PredicateType::image(), None), (is(PROVENANCE), None)];
    bare.into_iter().chain(read).collect()
}

/// One statement beside each manifest that it can be about.
fn beside(random: &mut Random, release: &ReleaseContent, what: &What) -> Vec<(PinnedRef, Signed)> {
    let is_scan = what.kind == Some(EvidenceKind::Scan);
    let all: Vec<Digest> = release
        .images
        .values()
        .map(|image| image.image.digest)
        .collect();
    let mut signed = Vec::new();
    for (key, place) in release.pinned() {
        let manifests = match is_scan {
            true => subjects(&release.images[&key].image),
            false => vec![place.digest],
        };
        for manifest in manifests {
            let content = content(what);
            let name = format!("{} {} {}", what.predicate, manifest, random.next());
            // What is said of one image is not said of all.
            let about = match what.kind {
                Some(EvidenceKind::Tests) if what.good => all.clone(),
                Some(EvidenceKind::Tests) if random.chance(700) => all.clone(),
                _ => vec![manifest],
            };
            let report = what
                .kind
                .map(|kind| reports::signed(random, kind, what.good, &about));
            let found = Found {
                image: place.digest,
                statement: Digest::of(name.as_bytes()),
                subjects: about,
                envelope: Digest::of(format!("envelope of {name}").as_bytes()),
                predicate: what.predicate.clone(),
                key: what.key.fingerprint(),
                content,
                report,
            };
            let one = Signed {
                found,
                about: manifest,
                good: true,
            };
            signed.push((place.repository.pinned(manifest), one));
        }
    }
    signed
}

fn content(what: &What) -> Value {
    match what.predicate.as_uri() {
        PROVENANCE => json!({ "runDetails": { "builder": { "id": what.builder } } }),
        _ => Value::Null,
    }
}
