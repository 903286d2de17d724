//! URLs that are asked.

use crate::finding::{Finding, quoted};
use crate::node::Node;
use crate::reader::Reader;
use crate::scalar;

/// The longest URL, in bytes.
const URL_MAX: usize = 2048;

/// A URL without a password in it.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
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
