//! `allow`: who may do what.

use std::collections::BTreeMap;

use liftlock_core::policy::{Verb, Who};

use crate::block::Block;
use crate::node::Entry;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::who;

pub(crate) const ALLOW: Shape = Shape {
    name: "allow",
    what: "`allow`",
    keys: &[
        "release", "promote", "rollback", "cancel", "revoke", "freeze", "incident", "hold", "read",
    ],
    later: &["policy", "override"],
};

pub(crate) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<BTreeMap<Verb, Vec<Who>>> {
    let block = Block::open(entry.at, &entry.value, &ALLOW, reader)?;
    let read = ALLOW.keys.iter().zip(Verb::ALL).filter_map(|(key, verb)| {
        let list = who::some(block.get(key)?, key, reader)?;
        Some((verb, list))
    });
    Some(read.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_the_verbs_in_their_order() {
        assert_eq!(Verb::ALL.map(|verb| verb.to_string()), *ALLOW.keys);
    }
}
