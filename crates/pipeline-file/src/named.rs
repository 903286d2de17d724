//! Mappings from names that users give to values.

use std::fmt::Display;
use std::str::FromStr;

use crate::finding::Finding;
use crate::node::{Entry, Kind, Node};
use crate::reader::Reader;

/// The entries of a mapping with their keys as names; a key that is none is reported and left out.
pub(crate) fn entries<'n, N>(
    node: &'n Node,
    what: &str,
    reader: &mut Reader<'_>,
) -> Option<Vec<(N, &'n Entry)>>
where
    N: FromStr<Err: Display>,
{
    let Kind::Map(entries) = &node.kind else {
        let message = format!("expected {what}, found {}", node.found());
        reader.report(Finding::new(node.at, message));
        return None;
    };
    let mut named = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry.key.parse::<N>() {
            Ok(name) => named.push((name, entry)),
            Err(error) => reader.report(Finding::new(entry.at, error.to_string())),
        }
    }
    Some(named)
}
