//! `accept`: findings that do not count for a time.

use liftlock_core::policy::{ACCEPT_MAX, Acceptance};

use crate::block::Block;
use crate::finding::Finding;
use crate::node::{Entry, Node};
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{scalar, sequence};

pub(crate) const ACCEPTED: Shape = Shape {
    name: "accepted-finding",
    what: "an accepted finding",
    keys: &["id", "until", "reason"],
    later: &[],
};

pub(super) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<Vec<Acceptance>> {
    let node = &entry.value;
    sequence::filled(node, "`accept` lists nothing; leave it out", reader)?;
    let items = sequence::items(node);
    if items.len() > ACCEPT_MAX {
        let message = format!("more than {ACCEPT_MAX} accepted findings");
        reader.report(Finding::new(entry.at, message));
        return None;
    }
    let read: Vec<Option<Acceptance>> = items.iter().map(|item| one(item, reader)).collect();
    read.into_iter().collect()
}

fn one(item: &Node, reader: &mut Reader<'_>) -> Option<Acceptance> {
    let block = Block::open(item.at, item, &ACCEPTED, reader)?;
    let id = block
        .need("id", "the finding's name, such as CVE-2026-1234", reader)
        .and_then(|node| scalar::text(node, "a finding's name", reader));
    let until = block
        .need("until", "the last day, such as 2026-12-31", reader)
        .and_then(|node| scalar::parsed(node, "a day such as 2026-12-31", reader));
    let reason = block
        .need("reason", "why it is accepted", reader)
        .and_then(|node| scalar::text(node, "why", reader));
    Some(Acceptance {
        id: id?.to_owned(),
        until: until?,
        reason: reason?.to_owned(),
    })
}
