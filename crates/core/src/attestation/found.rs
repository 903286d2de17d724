//! Attestations that are found beside images. Whoever finds one has checked its
//! signature, its subject and its type; what it is worth is decided here.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::{Digest, PinnedRef};
use serde::{Deserialize, Serialize};

use crate::evidence::ReportFacts;
use crate::policy::{EvidenceKind, FieldPath, GateRule, PredicateType, PublicKey};
use crate::{EnvironmentName, GateName, KeyName, Policy, Refusal, ReleaseName, State};

/// What is recorded of an attestation that came as evidence, or that a signature gate wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attested {
    /// SHA-256 of what was signed: the same statement again is nothing new.
    pub statement: Digest,
    /// The envelope with the signature, as a blob.
    pub envelope: Digest,
    /// The predicate's type.
    pub predicate: PredicateType,
    /// The fingerprint of the key that signed it.
    pub key: Digest,
    /// What its predicate says in the fields that gates ask for; nothing where it says nothing
    /// there that could be compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldPath, Option<String>>,
}

/// An attestation that was found beside an image and whose signature is good.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The image it is about: its statement names this digest, and it was found beside it.
    pub image: Digest,
    /// SHA-256 of what was signed.
    pub statement: Digest,
    /// Everything that the statement is about, by digest.
    pub subjects: Vec<Digest>,
    /// The envelope with the signature, as a blob.
    pub envelope: Digest,
    /// The predicate's type.
    pub predicate: PredicateType,
    /// The fingerprint of the key that signed it.
    pub key: Digest,
    /// The predicate; null for an image's own signature.
    pub content: serde_json::Value,
    /// The facts, where it is of a type that is read as evidence.
    pub report: Option<ReportFacts>,
}

/// What to look for beside an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The release's image.
    pub image: Digest,
    /// What is looked beside, where it was built and where it is brought to: the image, or the
    /// manifest of one of its platforms, which scans are about.
    pub places: Vec<PinnedRef>,
    /// The types, each with the keys that count for it.
    pub types: BTreeMap<PredicateType, BTreeSet<PublicKey>>,
}

/// The predicate types that are read as evidence of a kind.
pub const EVIDENCE_TYPES: [(&str, EvidenceKind); 2] = [
    (
        "https://in-toto.io/attestation/test-result/v0.1",
        EvidenceKind::Tests,
    ),
    (
        "https://in-toto.io/attestation/vulns/v0.2",
        EvidenceKind::Scan,
    ),
];

/// What to look for before a release is judged for an environment: for each of its images what the
/// environment's gates want signed, and for each of its platforms the scans among that. Nothing
/// where no gate names a key.
///
/// # Errors
/// An environment or release that there is not.
pub fn wanted(
    state: &State,
    release: &ReleaseName,
    environment: &EnvironmentName,
) -> Result<Vec<Wanted>, Refusal> {
    let policy = state.policy()?;
    let environment = policy.require(environment)?;
    let release = state.release(release)?;
    let mut types: BTreeMap<PredicateType, BTreeSet<PublicKey>> = BTreeMap::new();
    for gate in environment.gates.list() {
        for predicate in predicates(&gate.rule) {
            let keys = gate.rule.keys().iter();
            let keys = keys.filter_map(|name| policy.keys.get(name)).cloned();
            types.entry(predicate).or_default().extend(keys);
        }
    }
    if types.is_empty() {
        return Ok(Vec::new());
    }
    let built = release.content.pinned();
    let there = release.content.pinned_in(environment).unwrap_or_default();
    let scans: BTreeMap<_, _> = types
        .iter()
        .filter(|(predicate, _)| is_scan(predicate))
        .map(|(predicate, keys)| (predicate.clone(), keys.clone()))
        .collect();
    let mut wanted = Vec::new();
    for (key, image) in built {
        let others = there.get(&key).into_iter().flatten().cloned();
        let others = others.filter(|place| *place != image);
        let places: Vec<PinnedRef> = std::iter::once(image.clone()).chain(others).collect();
        let beside = |subject: Digest, types: &BTreeMap<_, _>| Wanted {
            image: image.digest,
            places: places
                .iter()
                .map(|place| place.repository.pinned(subject))
                .collect(),
            types: types.clone(),
        };
        wanted.push(beside(image.digest, &types));
        if !scans.is_empty() {
            let platforms = &release.content.images[&key].image.platforms;
            let manifests = platforms.iter().map(|(_, manifest)| *manifest);
            let manifests = manifests.filter(|manifest| *manifest != image.digest);
            wanted.extend(manifests.map(|manifest| beside(manifest, &scans)));
        }
    }
    Ok(wanted)
}

fn is_scan(predicate: &PredicateType) -> bool {
    EVIDENCE_TYPES.contains(&(predicate.as_uri(), EvidenceKind::Scan))
}

/// The types of attestations that can serve a gate.
fn predicates(rule: &GateRule) -> Vec<PredicateType> {
    match rule {
        GateRule::Signature(rule) => vec![rule.predicate.clone()],
        GateRule::Evidence(rule) if !rule.keys.is_empty() => {
            let read = EVIDENCE_TYPES.iter();
            let read = read.filter(|(_, kind)| [*kind, EvidenceKind::Any].contains(&rule.kind));
            read.filter_map(|(uri, _)| uri.parse().ok()).collect()
        }
        GateRule::Evidence(_) | GateRule::Approval(_) | GateRule::Soak(_) | GateRule::Window(_) => {
            Vec::new()
        }
    }
}

/// The gates of a pipeline that an attestation can serve, each once; with every field that any of
/// them asks for.
pub(crate) fn serves<'p>(
    policy: &'p Policy,
    found: &Found,
) -> BTreeMap<&'p GateName, Vec<(&'p GateRule, BTreeSet<&'p FieldPath>)>> {
    let mut gates: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let all = policy.environments.iter();
    for gate in all.flat_map(|environment| environment.gates.list()) {
        let is_wanted = predicates(&gate.rule).contains(&found.predicate)
            && counts(policy, gate.rule.keys(), &found.key);
        if is_wanted {
            let fields = match &gate.rule {
                GateRule::Signature(rule) => rule.conditions.iter().map(|c| &c.field).collect(),
                _ => BTreeSet::new(),
            };
            gates
                .entry(&gate.name)
                .or_default()
                .push((&gate.rule, fields));
        }
    }
    gates
}

/// Whether one of these keys has this fingerprint.
pub(crate) fn counts(policy: &Policy, keys: &[KeyName], fingerprint: &Digest) -> bool {
    let mut keys = keys.iter().filter_map(|name| policy.keys.get(name));
    keys.any(|key| key.fingerprint() == *fingerprint)
}
