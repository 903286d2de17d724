//! `prometheus:` checks.

use liftlock_core::Span;
use liftlock_core::policy::PrometheusCheck;

use super::{secret, url};
use crate::block::Block;
use crate::finding::Finding;
use crate::node::Node;
use crate::path;
use crate::reader::Reader;
use crate::scalar;
use crate::shape::Shape;

pub(crate) const PROMETHEUS: Shape = Shape {
    name: "prometheus-check",
    what: "a prometheus check",
    keys: &[
        "prometheus",
        "query",
        "expect",
        "for",
        "within",
        "ca",
        "token",
        "after",
        "every",
    ],
    later: &[],
};

/// How much longer than it must hold a check is tried where the file does not say: 1 minute.
const LONGER: Span = Span::from_secs(60);

/// The longest query, in bytes.
const QUERY_MAX: usize = 4096;

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<PrometheusCheck> {
    let before = reader.findings.len();
    let url = block
        .get("prometheus")
        .and_then(|node| url::read(node, reader));
    let query = block
        .need("query", "say what is asked, in PromQL", reader)
        .and_then(|node| query(node, reader));
    let expect = block
        .need(
            "expect",
            "say what each value must be, such as \"< 0.01\"",
            reader,
        )
        .and_then(|node| scalar::parsed(node, "a comparison", reader));
    let hold = match block.get("for") {
        Some(node) => scalar::span(node, reader),
        None => Some(Span::ZERO),
    };
    let default = hold.map_or(LONGER, |hold| hold + LONGER);
    let within = scalar::within(block.get("within"), default, reader);
    let ca = block.get("ca").and_then(|node| path::file(node, reader));
    let token = block
        .entry("token")
        .and_then(|entry| secret::read(entry, reader));
    if reader.findings.len() > before {
        return None;
    }
    Some(PrometheusCheck {
        url: url?,
        query: query?,
        expect: expect?,
        hold: hold?,
        within: within?,
        ca,
        token,
    })
}

fn query(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = scalar::text(node, "a query", reader)?;
    if text.trim().is_empty() || text.len() > QUERY_MAX {
        let message = format!("a query has 1 to {QUERY_MAX} bytes");
        reader.report(Finding::new(node.at, message));
        return None;
    }
    Some(text.to_owned())
}
