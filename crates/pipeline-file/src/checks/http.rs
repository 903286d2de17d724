//! `http:` checks.

use std::collections::BTreeMap;

use liftlock_core::policy::{HttpCheck, YamlPathError};

use super::{WITHIN, secret, url};
use crate::block::Block;
use crate::finding::{Finding, quoted};
use crate::node::{Kind, Node};
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{path, scalar};

pub(crate) const HTTP: Shape = Shape {
    name: "http-check",
    what: "an http check",
    keys: &[
        "http", "expect", "contains", "matches", "headers", "json", "times", "within", "ca",
        "token", "after", "every",
    ],
    later: &[],
};

/// The status that passes where the file does not say.
const EXPECT: u16 = 200;

/// The most of one kind that an answer is asked for.
const WANTED_MAX: usize = 50;

/// The most times in a row.
const TIMES_MAX: u32 = 1000;

/// The longest regular expression, in bytes.
const PATTERN_MAX: usize = 1024;

pub(super) fn read(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<HttpCheck> {
    let before = reader.findings.len();
    let url = block.get("http").and_then(|node| url::read(node, reader));
    let expect = block
        .get("expect")
        .and_then(|node| scalar::number(node, reader));
    let contains = block
        .get("contains")
        .and_then(|node| contains(node, reader));
    let within = scalar::within(block.get("within"), WITHIN, reader);
    let matches = block.get("matches").and_then(|node| pattern(node, reader));
    let headers = wanted(block.get("headers"), "a mapping of headers", header, reader);
    let path = |key: &str| key.parse().map_err(|e: YamlPathError| e.to_string());
    let json = wanted(
        block.get("json"),
        "a mapping of paths to values",
        path,
        reader,
    );
    let times = block.get("times").and_then(|node| times(node, reader));
    let ca = block.get("ca").and_then(|node| path::file(node, reader));
    let token = block
        .entry("token")
        .and_then(|entry| secret::read(entry, reader));
    if reader.findings.len() > before {
        return None;
    }
    Some(HttpCheck {
        url: url?,
        expect: expect.unwrap_or(EXPECT),
        contains,
        within: within?,
        matches,
        headers,
        json,
        times: times.unwrap_or_default(),
        ca,
        token,
    })
}

/// What an answer must have, by name: each a text, a number, or `true` or `false`.
fn wanted<K: Ord>(
    node: Option<&Node>,
    what: &str,
    key: impl Fn(&str) -> Result<K, String>,
    reader: &mut Reader<'_>,
) -> BTreeMap<K, String> {
    let mut all = BTreeMap::new();
    let Some(node) = node else {
        return all;
    };
    let entries = node.entries();
    if entries.is_empty() || entries.len() > WANTED_MAX {
        let message = format!("expected {what}, 1 to {WANTED_MAX} of them");
        reader.report(Finding::new(node.at, message));
        return all;
    }
    for entry in entries {
        match (key(&entry.key), &entry.value.kind) {
            (Err(why), _) => reader.report(Finding::new(entry.at, why)),
            (Ok(key), Kind::Scalar { text, .. }) if !entry.value.is_null() => {
                all.insert(key, text.clone());
            }
            _ => reader.report(Finding::new(entry.value.at, "expected a single value")),
        }
    }
    all
}

/// A header's name, in lower case as it is compared.
fn header(name: &str) -> Result<String, String> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    match !name.is_empty() && name.len() <= 128 && name.bytes().all(valid) {
        true => Ok(name.to_ascii_lowercase()),
        false => Err(format!("{} is not a header's name", quoted(name))),
    }
}

fn pattern(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = scalar::text(node, "a regular expression", reader)?;
    let built = regex_lite::Regex::new(text).map_err(|e| e.to_string());
    let message = match built {
        Ok(_) if !text.is_empty() && text.len() <= PATTERN_MAX => return Some(text.to_owned()),
        Ok(_) => format!("a regular expression has 1 to {PATTERN_MAX} bytes"),
        Err(why) => format!("{} is not a regular expression: {why}", quoted(text)),
    };
    reader.report(Finding::new(node.at, message));
    None
}

fn times(node: &Node, reader: &mut Reader<'_>) -> Option<u32> {
    let times: u32 = scalar::number(node, reader)?;
    if !(1..=TIMES_MAX).contains(&times) {
        let message = format!("expected 1 to {TIMES_MAX} times in a row");
        reader.report(Finding::new(node.at, message));
        return None;
    }
    // Once is what is meant where nothing is said.
    Some(if times == 1 { 0 } else { times })
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
