//! `soak:` gates.

use liftlock_core::policy::SoakRule;

use crate::block::Block;
use crate::reader::Reader;
use crate::scalar;
use crate::shape::Shape;

pub(crate) const SOAK: Shape = Shape {
    name: "soak-gate",
    what: "a soak gate",
    keys: &["soak", "unobserved"],
    later: &[],
};

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<SoakRule> {
    let time = block
        .get("soak")
        .and_then(|node| scalar::span(node, reader));
    let unobserved = match block.get("unobserved") {
        Some(node) => scalar::boolean(node, reader)?,
        None => false,
    };
    Some(SoakRule {
        time: time?,
        unobserved,
    })
}
