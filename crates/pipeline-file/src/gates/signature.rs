//! `signature:` gates.

use liftlock_core::policy::{Condition, FieldPath, SignatureRule};

use crate::block::Block;
use crate::finding::Finding;
use crate::node::Node;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{keys, named, scalar, sequence};

pub(crate) const SIGNATURE: Shape = Shape {
    name: "signature-gate",
    what: "a signature gate",
    keys: &["signature", "key", "where"],
    later: &[],
};

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<SignatureRule> {
    let before = reader.findings.len();
    let predicate = block.get("signature").and_then(|node| {
        let what = "`image`, or the type of an attestation such as https://slsa.dev/provenance/v1";
        scalar::parsed(node, what, reader)
    });
    let keys = block
        .need("key", "say whose signature counts", reader)
        .and_then(|node| keys::some(node, reader));
    let conditions = block.get("where").and_then(|node| conditions(node, reader));
    if reader.findings.len() > before {
        return None;
    }
    Some(SignatureRule {
        predicate: predicate?,
        keys: keys?,
        conditions: conditions.unwrap_or_default(),
    })
}

fn conditions(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<Condition>> {
    let entries = named::entries::<FieldPath>(node, "a mapping of fields to values", reader)?;
    if node.entries().is_empty() {
        reader.report(Finding::new(
            node.at,
            "`where` asks for nothing; leave it out",
        ));
        return None;
    }
    let mut conditions = Vec::new();
    for (field, entry) in entries {
        sequence::filled(
            &entry.value,
            "nothing is allowed here, so nothing ever passes",
            reader,
        )?;
        let allowed = sequence::each(&entry.value, reader, value)?;
        conditions.push(Condition { field, allowed });
    }
    Some(conditions)
}

/// Text as it is; truth values as JSON writes them.
fn value(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    if let Some(value) = node.boolean() {
        return Some(value.to_string());
    }
    scalar::text(node, "a value", reader).map(ToOwned::to_owned)
}
