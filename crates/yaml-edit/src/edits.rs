//! Changing single values, and nothing else.

use std::ops::Range;

use crate::node::{Entry, Kind, Node, Style};
use crate::values::{Values, values};
use crate::{Yaml, YamlError};

/// Changes to one text.
#[derive(Debug)]
pub struct Edits<'y, 't> {
    yaml: &'y Yaml<'t>,
    /// Bytes and what takes their place.
    changes: Vec<(Range<usize>, String)>,
    /// What the text shall say.
    wanted: Values,
    places: std::collections::BTreeMap<usize, Vec<String>>,
    /// The line of the first change.
    line: Option<usize>,
}

impl<'y, 't> Edits<'y, 't> {
    /// No change yet.
    pub fn new(yaml: &'y Yaml<'t>) -> Self {
        let (wanted, places) = values(&yaml.documents);
        Self {
            yaml,
            changes: Vec::new(),
            wanted,
            places,
            line: None,
        }
    }

    /// Gives a single value another text, in the notation it has. Nothing where it has that text.
    ///
    /// # Errors
    /// A value that is no single one, that is a block of text, or that an anchor or alias shares.
    pub fn set(&mut self, node: &Node, to: &str) -> Result<(), YamlError> {
        let Kind::Scalar { text, style } = &node.kind else {
            return Err(not(node, "a single value"));
        };
        if text == to {
            return Ok(());
        }
        if node.shared {
            return Err(YamlError::Shared { line: node.line });
        }
        if *style == Style::Block {
            return Err(not(node, "a value in one line"));
        }
        let space = if node.at.is_empty() { " " } else { "" };
        let written = format!("{space}{}", written(to, *style)?);
        self.changes.push((node.at.clone(), written));
        self.line.get_or_insert(node.line);
        if let Some(place) = self.places.get(&node.id) {
            self.wanted.insert(place.clone(), format!("={to}"));
        }
        Ok(())
    }

    /// Sets a mapping's key: its value where it is there, else a new entry, after the one whose key
    /// is the first of `after` that can be found, or after the last.
    ///
    /// # Errors
    /// As [`Edits::set`]; and [`YamlError::NoRoom`] where no entry is a single value in one line.
    pub fn put(
        &mut self,
        map: &Node,
        key: &str,
        to: &str,
        after: &[&str],
    ) -> Result<(), YamlError> {
        if let Some(node) = map.get(key)? {
            return self.set(node, to);
        }
        let Kind::Map { entries, flow } = &map.kind else {
            return Err(not(map, "a mapping"));
        };
        if map.shared {
            return Err(YamlError::Shared { line: map.line });
        }
        let full = || YamlError::NoRoom {
            line: map.line,
            key: key.to_owned(),
        };
        let beside = self.beside(entries, after).ok_or_else(full)?;
        let (at, text) = match flow {
            true => (beside.value.at.end, in_braces(beside, key, to)?),
            false => self.on_a_line(beside, key, to)?.ok_or_else(full)?,
        };
        self.changes.push((at..at, text));
        self.line.get_or_insert(beside.key.line);
        if let Some(place) = self.places.get(&map.id) {
            let mut place = place.clone();
            place.push(format!(".{key}"));
            self.wanted.insert(place, format!("={to}"));
        }
        Ok(())
    }

    /// The changed text; the same text where nothing is changed.
    ///
    /// # Errors
    /// [`YamlError::NotAsMeant`] where it would not say just what it said before and what was asked
    /// for.
    pub fn finish(mut self) -> Result<String, YamlError> {
        let line = self.line.unwrap_or(1);
        // Of two at one place, the one that was asked for first comes first.
        self.changes.sort_by_key(|(at, _)| (at.start, at.end));
        let mut text = String::with_capacity(self.yaml.text.len());
        let mut done = 0;
        for (at, written) in &self.changes {
            let Some(kept) = self.yaml.text.get(done..at.start) else {
                return Err(YamlError::NotAsMeant { line });
            };
            text.push_str(kept);
            text.push_str(written);
            done = at.end;
        }
        text.push_str(self.yaml.text.get(done..).unwrap_or_default());
        let says = Yaml::read(&text).map(|read| values(&read.documents).0);
        match says == Ok(self.wanted) {
            true => Ok(text),
            false => Err(YamlError::NotAsMeant { line }),
        }
    }

    /// An entry beside which another can be written: a single value in one line.
    fn beside<'e>(&self, entries: &'e [Entry], after: &[&str]) -> Option<&'e Entry> {
        let fits = |entry: &&Entry| {
            let all = self.yaml.text.get(entry.key.at.start..entry.value.at.end);
            let in_a_line = all.is_some_and(|all| !all.contains(['\n', '\r']));
            in_a_line
                && matches!(&entry.value.kind, Kind::Scalar { style, .. } if *style != Style::Block)
        };
        let named = |name: &&str| {
            let mut entries = entries.iter().filter(fits);
            entries.find(|entry| entry.key.text() == Some(name))
        };
        let named = after.iter().find_map(named);
        named.or_else(|| entries.iter().rev().find(fits))
    }

    /// A line of its own below that of `beside`, as far indented.
    fn on_a_line(
        &self,
        beside: &Entry,
        key: &str,
        to: &str,
    ) -> Result<Option<(usize, String)>, YamlError> {
        let text = self.yaml.text;
        let from = text[..beside.key.at.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let before = &text[from..beside.key.at.start];
        // A list's item may begin on the same line.
        if !before.chars().all(|c| matches!(c, ' ' | '-')) {
            return Ok(None);
        }
        let rest = &text[beside.value.at.end..];
        let end = beside.value.at.end + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line_end = if text[end..].starts_with("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let indent = " ".repeat(before.len());
        let value = written(to, Style::Plain)?;
        Ok(Some((end, format!("{line_end}{indent}{key}: {value}"))))
    }
}

/// After `beside` in braces, with its quotes.
fn in_braces(beside: &Entry, key: &str, to: &str) -> Result<String, YamlError> {
    let quoted = matches!(&beside.key.kind, Kind::Scalar { style, .. } if *style == Style::Double);
    Ok(match quoted {
        true => format!(", \"{key}\": {}", written(to, Style::Double)?),
        false => format!(", {key}: {}", written(to, Style::Plain)?),
    })
}

/// A text as it is written in a notation. Only what needs no escape in any is written at all.
fn written(text: &str, style: Style) -> Result<String, YamlError> {
    let known = |c: char| c.is_ascii_alphanumeric() || "._/@:+-[]".contains(c);
    if text.is_empty() || !text.chars().all(known) {
        return Err(YamlError::Value(text.chars().take(80).collect()));
    }
    // What could be taken for something else than text: a number, a truth value, a date.
    let is_host = text
        .rsplit_once('.')
        .is_some_and(|(_, last)| !last.is_empty() && last.bytes().all(|b| b.is_ascii_alphabetic()));
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.ends_with(':')
        && !text.contains(['[', ']'])
        && (text.starts_with("sha256:") || text.contains('/') || is_host);
    Ok(match style {
        Style::Single => format!("'{text}'"),
        Style::Plain if plain => text.to_owned(),
        _ => format!("\"{text}\""),
    })
}

fn not(node: &Node, expected: &'static str) -> YamlError {
    match node.kind {
        Kind::Alias => YamlError::Shared { line: node.line },
        _ => YamlError::Kind {
            line: node.line,
            expected,
        },
    }
}
