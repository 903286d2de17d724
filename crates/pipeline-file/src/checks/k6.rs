//! `k6:` checks.

use liftlock_core::Span;
use liftlock_core::policy::K6Check;

use crate::block::Block;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{path, program, scalar};

pub(crate) const K6: Shape = Shape {
    name: "k6-check",
    what: "a k6 check",
    keys: &["k6", "env", "within", "evidence", "after", "every"],
    later: &[],
};

/// How long a load test may take where the file does not say: 10 minutes.
const WITHIN: Span = Span::from_secs(600);

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<K6Check> {
    let script = block.get("k6").and_then(|node| path::file(node, reader));
    let env = program::env(block.get("env"), reader);
    let within = scalar::within(block.get("within"), WITHIN, reader);
    let evidence = match block.get("evidence") {
        Some(node) => Some(scalar::parsed(node, "a gate's name", reader)?),
        None => None,
    };
    Some(K6Check {
        script: script?,
        env: env?,
        within: within?,
        evidence,
    })
}
