//! `override`: who may pass a gate by decision, and for how long.

use liftlock_core::policy::OverrideRule;

use crate::block::Block;
use crate::node::Entry;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{scalar, who};

pub(crate) const OVERRIDE: Shape = Shape {
    name: "override",
    what: "`override`",
    keys: &["by", "max"],
    later: &[],
};

pub(crate) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<OverrideRule> {
    let block = Block::open(entry.at, &entry.value, &OVERRIDE, reader)?;
    let by = block.need("by", "say who may ask for one and confirm it", reader);
    let by = by.and_then(|node| who::some(node, "by", reader));
    let max = block.need("max", "say how long one may count, such as 24h", reader);
    let max = max.and_then(|node| scalar::span(node, reader));
    Some(OverrideRule { by: by?, max: max? })
}
