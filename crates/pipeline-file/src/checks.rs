//! `checks`: what is run against a deployed environment, in the file's order.

mod command;
mod http;
mod k6;
mod prometheus;
mod secret;
mod url;

use liftlock_core::policy::{Check, CheckKind};
use liftlock_core::{CheckName, Span};

pub(crate) use command::COMMAND;
pub(crate) use http::HTTP;
pub(crate) use k6::K6;
pub(crate) use prometheus::PROMETHEUS;
pub(crate) use secret::SECRET;

use crate::finding::Finding;
use crate::node::{Entry, Node};
use crate::reader::Reader;
use crate::shape::Kinds;
use crate::{kind, named, scalar, sequence};

const KINDS: Kinds = Kinds {
    what: "a check",
    known: &[&HTTP, &COMMAND, &K6, &PROMETHEUS],
    later: &[],
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
        let (kind, after, every) = one(entry, reader)?;
        Some(Check {
            name,
            kind,
            after,
            every,
        })
    });
    Some(checks.collect())
}

/// What it is, the checks that it waits for, and how often it is run again.
type Read = (CheckKind, Vec<CheckName>, Option<Span>);

fn one(entry: &Entry, reader: &mut Reader<'_>) -> Option<Read> {
    let block = kind::choose(entry.at, &entry.value, &KINDS, reader)?;
    let after = match block.get("after") {
        Some(node) => after(node, reader),
        None => Some(Vec::new()),
    };
    let every = match block.get("every") {
        Some(node) => scalar::within(Some(node), WITHIN, reader).map(Some),
        None => Some(None),
    };
    let kind = match block.kind() {
        "http" => http::read(&block, reader).map(CheckKind::Http),
        "k6" => k6::read(&block, reader).map(CheckKind::K6),
        "prometheus" => prometheus::read(&block, reader).map(CheckKind::Prometheus),
        _ => command::read(&block, reader),
    };
    Some((kind?, after?, every?))
}

fn after(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<CheckName>> {
    let names: Vec<CheckName> = sequence::each(node, reader, |item, reader| {
        scalar::parsed(item, "a check's name", reader)
    })?;
    if names.is_empty() {
        reader.report(Finding::new(
            node.at,
            "`after` names no check; leave it out",
        ));
        return None;
    }
    Some(names)
}
