//! `evidence:` gates.

mod accept;
mod figures;

use liftlock_core::policy::{EvidenceKind, EvidenceRule, Per};

pub(crate) use accept::ACCEPTED;
pub(crate) use figures::{MAX, MIN};

use crate::block::Block;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{keys, scalar, sequence, who};

pub(crate) const EVIDENCE: Shape = Shape {
    name: "evidence-gate",
    what: "an evidence gate",
    keys: &[
        "evidence",
        "from",
        "max",
        "min",
        "fresh",
        "per",
        "platforms",
        "accept",
        "vex",
        "key",
    ],
    later: &[],
};

pub(crate) const KINDS: [(&str, EvidenceKind); 5] = [
    ("tests", EvidenceKind::Tests),
    ("scan", EvidenceKind::Scan),
    ("load", EvidenceKind::Load),
    ("manual", EvidenceKind::Manual),
    ("any", EvidenceKind::Any),
];

pub(crate) const PERS: [(&str, Per); 2] = [("image", Per::Image), ("release", Per::Release)];

/// What one piece of evidence covers where the file does not say.
pub(crate) fn per(kind: EvidenceKind) -> Per {
    match kind {
        EvidenceKind::Scan => Per::Image,
        EvidenceKind::Tests | EvidenceKind::Load | EvidenceKind::Manual | EvidenceKind::Any => {
            Per::Release
        }
    }
}

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<EvidenceRule> {
    let before = reader.findings.len();
    let kind = block
        .get("evidence")
        .and_then(|node| scalar::choice(node, "a kind of evidence", &KINDS, &[], reader));
    let from = block
        .get("from")
        .and_then(|node| who::some(node, "from", reader));
    let max = block
        .entry("max")
        .and_then(|entry| figures::read(entry, &MAX, reader));
    let min = block
        .entry("min")
        .and_then(|entry| figures::read(entry, &MIN, reader));
    let fresh = block
        .get("fresh")
        .and_then(|node| scalar::span(node, reader));
    let said = block
        .get("per")
        .and_then(|node| scalar::choice(node, "what evidence can be per", &PERS, &[], reader));
    let platforms = block.get("platforms").and_then(|node| {
        sequence::filled(
            node,
            "`platforms` lists nothing; leave it out for each one",
            reader,
        )?;
        sequence::parsed(node, "a platform", reader)
    });
    let accept = block
        .entry("accept")
        .and_then(|entry| accept::read(entry, reader));
    let vex = block
        .get("vex")
        .and_then(|node| who::some(node, "vex", reader));
    let keys = block.get("key").and_then(|node| keys::some(node, reader));
    if reader.findings.len() > before {
        return None;
    }
    let kind = kind?;
    Some(EvidenceRule {
        kind,
        from: from.unwrap_or_default(),
        max: max.unwrap_or_default(),
        min: min.unwrap_or_default(),
        fresh,
        per: said.unwrap_or_else(|| per(kind)),
        platforms: platforms.unwrap_or_default(),
        accept: accept.unwrap_or_default(),
        vex: vex.unwrap_or_default(),
        keys: keys.unwrap_or_default(),
    })
}
