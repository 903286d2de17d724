//! `checks`: what is run against a deployed environment, in the file's order.

mod command;
mod http;

use liftlock_core::Span;
use liftlock_core::policy::{Check, CheckKind};

pub(crate) use command::COMMAND;
pub(crate) use http::HTTP;

use crate::finding::Finding;
use crate::node::{Entry, Node};
use crate::reader::Reader;
use crate::shape::Kinds;
use crate::{kind, named};

const KINDS: Kinds = Kinds {
    what: "a check",
    known: &[&HTTP, &COMMAND],
    later: &["k6", "prometheus"],
};

/// How long a check may take where the file does not say: 1 minute.
const WITHIN: Span = Span::from_secs(60);

/// The most checks of one environment.
const CHECKS_MAX: usize = 100;

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<Check>> {
    let entries = named::entries(node, "a mapping of checks", reader)?;
    if entries.len() > CHECKS_MAX {
        let message = format!("more than {CHECKS_MAX} checks in one environment");
        reader.report(Finding::new(node.at, message));
        return None;
    }
    if entries.is_empty() && node.entries().is_empty() {
        reader.report(Finding::new(node.at, "`checks` has none; leave it out"));
    }
    let checks = entries.into_iter().filter_map(|(name, entry)| {
        let kind = one(entry, reader)?;
        Some(Check { name, kind })
    });
    Some(checks.collect())
}

fn one(entry: &Entry, reader: &mut Reader<'_>) -> Option<CheckKind> {
    let block = kind::choose(entry.at, &entry.value, &KINDS, reader)?;
    match block.kind() {
        "http" => http::read(&block, reader),
        _ => command::read(&block, reader),
    }
}
