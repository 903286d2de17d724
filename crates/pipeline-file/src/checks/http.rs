//! `http:` checks.

use liftlock_core::policy::CheckKind;

use super::WITHIN;
use crate::block::Block;
use crate::finding::{Finding, quoted};
use crate::node::Node;
use crate::reader::Reader;
use crate::scalar;
use crate::shape::Shape;

pub(crate) const HTTP: Shape = Shape {
    name: "http-check",
    what: "an http check",
    keys: &["http", "expect", "contains", "within"],
    later: &["every"],
};

/// The status that passes where the file does not say.
const EXPECT: u16 = 200;

/// The longest URL, in bytes.
const URL_MAX: usize = 2048;

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<CheckKind> {
    let before = reader.findings.len();
    let url = block.get("http").and_then(|node| url(node, reader));
    let expect = block
        .get("expect")
        .and_then(|node| scalar::number(node, reader));
    let contains = block
        .get("contains")
        .and_then(|node| contains(node, reader));
    let within = scalar::within(block.get("within"), WITHIN, reader);
    if reader.findings.len() > before {
        return None;
    }
    Some(CheckKind::Http {
        url: url?,
        expect: expect.unwrap_or(EXPECT),
        contains,
        within: within?,
    })
}

fn url(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = scalar::text(node, "a URL", reader)?;
    if let Err(reason) = check(text) {
        // A URL with a password is not repeated.
        reader.report(match text.contains('@') {
            true => Finding::new(node.at, reason).hidden(),
            false => Finding::new(node.at, format!("{}: {reason}", quoted(text))),
        });
        return None;
    }
    Some(text.to_owned())
}

/// The scheme is the policy's to check; here, what could make the URL mean another host.
fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > URL_MAX {
        return Err("the URL is longer than 2048 bytes");
    }
    if text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
    {
        return Err("a URL has no spaces, control characters or backslashes");
    }
    let Some((_, rest)) = text.split_once("://") else {
        return Ok(());
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("a URL here has no user or password");
    }
    if authority.is_empty() || authority.starts_with(':') {
        return Err("the URL has no host");
    }
    Ok(())
}

fn contains(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = scalar::text(node, "text", reader)?;
    if text.is_empty() {
        reader.report(Finding::new(
            node.at,
            "every answer contains that; leave it out",
        ));
        return None;
    }
    Some(text.to_owned())
}
