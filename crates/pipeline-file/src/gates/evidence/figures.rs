//! `max` and `min`: limits on a report's figures.

use std::collections::BTreeMap;

use liftlock_core::policy::Figure;

use crate::block::Block;
use crate::finding::Finding;
use crate::node::Entry;
use crate::reader::Reader;
use crate::scalar;
use crate::shape::Shape;

pub(crate) const MAX: Shape = Shape {
    name: "max",
    what: "`max`",
    keys: &[
        "critical",
        "high",
        "medium",
        "low",
        "unknown",
        "suppressed",
        "skipped",
        "checks-failed",
        "requests-failed",
    ],
    later: &[],
};

pub(crate) const MIN: Shape = Shape {
    name: "min",
    what: "`min`",
    keys: &[
        "tests",
        "passed",
        "checks",
        "iterations",
        "requests",
        "thresholds",
    ],
    later: &[],
};

pub(super) fn read(
    entry: &Entry,
    shape: &'static Shape,
    reader: &mut Reader<'_>,
) -> Option<BTreeMap<Figure, u64>> {
    let block = Block::open(entry.at, &entry.value, shape, reader)?;
    if entry.value.entries().is_empty() {
        let message = format!("{} limits nothing; leave it out", shape.what);
        reader.report(Finding::new(entry.at, message));
    }
    let figures = Figure::MOST.into_iter().chain(Figure::LEAST);
    let limits = figures.filter_map(|figure| {
        let mut keys = shape.keys.iter();
        let key = keys.find(|key| **key == figure.as_str())?;
        let limit = scalar::number(block.get(key)?, reader)?;
        Some((figure, limit))
    });
    Some(limits.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_the_figures_in_their_order() {
        assert_eq!(Figure::MOST.map(Figure::as_str), *MAX.keys);
        assert_eq!(Figure::LEAST.map(Figure::as_str), *MIN.keys);
    }
}
