//! `evidence:` gates.

use std::collections::BTreeMap;

use liftlock_core::policy::{EvidenceKind, EvidenceRule, Per, Severity};

use crate::block::Block;
use crate::finding::Finding;
use crate::node::Entry;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{scalar, sequence, who};

pub(crate) const EVIDENCE: Shape = Shape {
    name: "evidence-gate",
    what: "an evidence gate",
    keys: &["evidence", "from", "max", "fresh", "per", "platforms"],
    later: &["min", "accept"],
};

pub(crate) const MAX: Shape = Shape {
    name: "max",
    what: "`max`",
    keys: &["critical", "high", "medium", "low", "unknown"],
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
    let max = block.entry("max").and_then(|entry| max(entry, reader));
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
    if reader.findings.len() > before {
        return None;
    }
    let kind = kind?;
    Some(EvidenceRule {
        kind,
        from: from.unwrap_or_default(),
        max: max.unwrap_or_default(),
        fresh,
        per: said.unwrap_or_else(|| per(kind)),
        platforms: platforms.unwrap_or_default(),
    })
}

fn max(entry: &Entry, reader: &mut Reader<'_>) -> Option<BTreeMap<Severity, u64>> {
    let block = Block::open(entry.at, &entry.value, &MAX, reader)?;
    if entry.value.entries().is_empty() {
        reader.report(Finding::new(entry.at, "`max` limits nothing; leave it out"));
    }
    let limits = MAX
        .keys
        .iter()
        .zip(Severity::ALL)
        .filter_map(|(key, severity)| {
            let limit = scalar::number(block.get(key)?, reader)?;
            Some((severity, limit))
        });
    Some(limits.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_max_are_the_severities_in_their_order() {
        assert_eq!(Severity::ALL.map(Severity::as_str), *MAX.keys);
    }
}
