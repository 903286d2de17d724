//! Which kind of gate, deployment or check a mapping is: exactly one kind's key is there.

use crate::block::{Block, listed};
use crate::finding::{Finding, Position, quoted};
use crate::nearest::nearest;
use crate::node::{Kind, Node};
use crate::reader::Reader;
use crate::shape::Kinds;

/// Opens `node` as the kind its keys say; the block's first key is the kind.
pub(crate) fn choose<'n>(
    at: Position,
    node: &'n Node,
    kinds: &Kinds,
    reader: &mut Reader<'_>,
) -> Option<Block<'n>> {
    let Kind::Map(entries) = &node.kind else {
        let message = format!(
            "expected {} (a mapping), found {}",
            kinds.what,
            node.found()
        );
        reader.report(Finding::new(node.at, message).hint(one_of(kinds)));
        return None;
    };
    let shape_of = |key: &str| kinds.known.iter().find(|shape| shape.keys[0] == key);
    let mut of_a_kind = entries
        .iter()
        .filter(|entry| shape_of(&entry.key).is_some() || kinds.later.contains(&&*entry.key));
    let Some(first) = of_a_kind.next() else {
        missing(at, node, kinds, reader);
        return None;
    };
    if let Some(second) = of_a_kind.next() {
        let message = format!(
            "{} is of one kind; this has `{}` and `{}`",
            kinds.what, first.key, second.key
        );
        reader.report(Finding::new(second.at, message));
        return None;
    }
    match shape_of(&first.key) {
        Some(shape) => Block::open(at, node, shape, reader),
        None => {
            reader.report(Finding::later(first.at, &first.key));
            None
        }
    }
}

fn missing(at: Position, node: &Node, kinds: &Kinds, reader: &mut Reader<'_>) {
    let words: Vec<&str> = kinds.known.iter().map(|shape| shape.keys[0]).collect();
    for entry in node.entries() {
        if let Some(key) = nearest(&entry.key, words.iter().copied()) {
            let message = format!("unknown key {}", quoted(&entry.key));
            reader.report(Finding::new(entry.at, message).hint(format!("did you mean `{key}`?")));
            return;
        }
    }
    let message = format!("{} needs a key that says its kind", kinds.what);
    reader.report(Finding::new(at, message).hint(one_of(kinds)));
}

fn one_of(kinds: &Kinds) -> String {
    let words: Vec<&str> = kinds.known.iter().map(|shape| shape.keys[0]).collect();
    format!("it is one of {}", listed(&words))
}
