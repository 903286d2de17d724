//! Single values, strictly: text, numbers, booleans, spans, choices.

use std::fmt::Display;
use std::str::FromStr;

use liftlock_core::Span;

use crate::block::listed;
use crate::finding::{Finding, quoted};
use crate::nearest::nearest;
use crate::node::{Kind, Node};
use crate::reader::Reader;

/// Text. A number without quotes is text as it is written, so that `1.0` stays `1.0`; `true`,
/// `false` and nothing are not text.
pub(crate) fn text<'n>(node: &'n Node, what: &str, reader: &mut Reader<'_>) -> Option<&'n str> {
    if let Kind::Scalar { text, .. } = &node.kind
        && !node.is_null()
        && node.boolean().is_none()
    {
        return Some(text);
    }
    let finding = Finding::new(node.at, format!("expected {what}, found {}", node.found()));
    reader.report(match node.boolean() {
        Some(_) => finding.hint("write it in quotes if it is meant as text"),
        None => finding,
    });
    None
}

/// Text of a form of its own; the form's error is the message.
pub(crate) fn parsed<T>(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<T>
where
    T: FromStr<Err: Display>,
{
    match text(node, what, reader)?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            reader.report(Finding::new(node.at, error.to_string()));
            None
        }
    }
}

/// A span of time.
pub(crate) fn span(node: &Node, reader: &mut Reader<'_>) -> Option<Span> {
    parsed(node, "a span of time such as 90s or 24h", reader)
}

/// A span of time within which something must be done, so never of no time at all.
pub(crate) fn within(node: Option<&Node>, default: Span, reader: &mut Reader<'_>) -> Option<Span> {
    let Some(node) = node else {
        return Some(default);
    };
    let span = span(node, reader)?;
    if span == Span::ZERO {
        reader.report(Finding::new(node.at, "nothing can be done within no time"));
        return None;
    }
    Some(span)
}

/// A whole number, written without quotes.
pub(crate) fn number<T: FromStr>(node: &Node, reader: &mut Reader<'_>) -> Option<T> {
    let digits = node
        .plain()
        .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let value = digits.and_then(|text| text.parse().ok());
    if value.is_none() {
        let message = match (digits, &node.kind) {
            (Some(digits), _) => format!("{} is too large", quoted(digits)),
            (None, Kind::Scalar { text, .. }) if !node.is_null() => {
                format!(
                    "expected a whole number without quotes, found {}",
                    quoted(text)
                )
            }
            _ => format!("expected a whole number, found {}", node.found()),
        };
        reader.report(Finding::new(node.at, message));
    }
    value
}

/// `true` or `false`.
pub(crate) fn boolean(node: &Node, reader: &mut Reader<'_>) -> Option<bool> {
    let value = node.boolean();
    if value.is_none() {
        let found = match &node.kind {
            Kind::Scalar { text, .. } if !node.is_null() => quoted(text),
            _ => node.found().to_owned(),
        };
        let message = format!("expected `true` or `false`, found {found}");
        reader.report(Finding::new(node.at, message));
    }
    value
}

/// One of some words; `later` ones are of the design but not of this version.
pub(crate) fn choice<T: Copy>(
    node: &Node,
    what: &str,
    words: &[(&'static str, T)],
    later: &[&str],
    reader: &mut Reader<'_>,
) -> Option<T> {
    let text = text(node, what, reader)?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*value);
    }
    if later.contains(&text) {
        reader.report(Finding::later(node.at, text));
        return None;
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let hint = match nearest(text, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("known are {}", listed(&known)),
    };
    reader.report(Finding::new(node.at, format!("{} is not {what}", quoted(text))).hint(hint));
    None
}
