//! `rollback`: when to return to the last known-good release.

use liftlock_core::Span;
use liftlock_core::policy::{RollbackOn, RollbackRule};

use crate::block::Block;
use crate::finding::{Finding, quoted};
use crate::node::{Entry, Kind};
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{scalar, sequence};

pub(crate) const ROLLBACK: Shape = Shape {
    name: "rollback",
    what: "`rollback`",
    keys: &["on", "within"],
    later: &[],
};

pub(crate) const REASONS: [(&str, RollbackOn); 2] = [
    ("check", RollbackOn::Check),
    ("incident", RollbackOn::Incident),
];

const WITHIN_HINT: &str = "say `{ on: [check, incident], within: 1h }`";

const HINT: &str = "say `{ on: [check] }`, or `none`";

pub(crate) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<RollbackRule> {
    if entry.value.is_word("none") {
        return Some(RollbackRule::None);
    }
    if let Kind::Scalar { text, .. } = &entry.value.kind
        && !entry.value.is_null()
    {
        let message = format!("{} is not a rollback rule", quoted(text));
        reader.report(Finding::new(entry.value.at, message).hint(HINT));
        return None;
    }
    let block = Block::open(entry.at, &entry.value, &ROLLBACK, reader)?;
    let reasons = block.need("on", HINT, reader)?;
    let reasons = sequence::each(reasons, reader, |item, reader| {
        scalar::choice(item, "a reason to roll back", &REASONS, &[], reader)
    });
    let on = reasons?;
    let Some(within) = block.get("within") else {
        if on.contains(&RollbackOn::Incident) {
            let message = "`incident` needs `within`: how long after a promotion";
            reader.report(Finding::new(entry.value.at, message).hint(WITHIN_HINT));
            return None;
        }
        return Some(RollbackRule::On(on));
    };
    let at = within.at;
    let within = scalar::within(Some(within), Span::ZERO, reader)?;
    if !on.contains(&RollbackOn::Incident) {
        let message = "`within` says how long an `incident` rolls back, and `on` does not list it";
        reader.report(Finding::new(at, message).hint(WITHIN_HINT));
        return None;
    }
    Some(RollbackRule::Within { on, within })
}
