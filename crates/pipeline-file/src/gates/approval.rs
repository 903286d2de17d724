//! `approval:` gates.

use liftlock_core::policy::{ApprovalRule, Exclude};

use crate::block::Block;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{scalar, sequence, who};

pub(crate) const APPROVAL: Shape = Shape {
    name: "approval-gate",
    what: "an approval gate",
    keys: &["approval", "count", "exclude", "expires", "of", "shared"],
    later: &[],
};

pub(crate) const EXCLUDES: [(&str, Exclude); 2] = [
    ("requester", Exclude::Requester),
    ("author", Exclude::Author),
];

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<ApprovalRule> {
    let before = reader.findings.len();
    let by = block
        .get("approval")
        .and_then(|node| who::some(node, "approval", reader));
    let count = block
        .get("count")
        .and_then(|node| scalar::number(node, reader));
    let exclude = block.get("exclude").and_then(|node| {
        sequence::each(node, reader, |item, reader| {
            scalar::choice(item, "someone who can be excluded", &EXCLUDES, &[], reader)
        })
    });
    let expires = block
        .get("expires")
        .and_then(|node| scalar::span(node, reader));
    let of = block
        .get("of")
        .and_then(|node| scalar::parsed(node, "the name of an evidence gate", reader));
    let shared = block
        .get("shared")
        .and_then(|node| scalar::boolean(node, reader));
    if reader.findings.len() > before {
        return None;
    }
    Some(ApprovalRule {
        by: by?,
        count: count.unwrap_or(1),
        exclude: exclude.unwrap_or_else(|| vec![Exclude::Requester]),
        expires,
        of,
        shared: shared.unwrap_or(false),
    })
}
