//! A YAML text as a tree in which everything knows its bytes.

use std::ops::Range;

use crate::YamlError;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its place among all nodes of the text, in the order of reading.
    pub(crate) id: usize,
    /// Its bytes; for a scalar with its quotes. For one that is not written, the place for it.
    pub(crate) at: Range<usize>,
    /// Its first line, from 1.
    pub(crate) line: usize,
    /// Whether an anchor makes it another's value too.
    pub(crate) shared: bool,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A single value.
    Scalar {
        /// As it is meant, without quotes and escapes.
        text: String,
        /// As it is written.
        style: Style,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Map {
        /// Its entries, in order.
        entries: Vec<Entry>,
        /// Whether it is written with braces.
        flow: bool,
    },
    /// Another's value.
    Alias,
}

/// How a single value is written (YAML 1.2.2, 7.3 and 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`.
    Single,
    /// In `"`.
    Double,
    /// As a block after `|` or `>`.
    Block,
}

/// An entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Its first line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What it is.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// A single value's text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A list's items; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a mapping's key; `None` also where this is no mapping.
    ///
    /// # Errors
    /// [`YamlError::Twice`]: which of them counts depends on who reads it.
    pub fn get(&self, key: &str) -> Result<Option<&Self>, YamlError> {
        let Kind::Map { entries, .. } = &self.kind else {
            return Ok(None);
        };
        let mut found = entries.iter().filter(|entry| entry.key.text() == Some(key));
        let first = found.next();
        match found.next() {
            Some(second) => Err(YamlError::Twice {
                line: second.key.line,
                key: key.to_owned(),
            }),
            None => Ok(first.map(|entry| &entry.value)),
        }
    }

    /// The text of a mapping's key, where that is a single value.
    ///
    /// # Errors
    /// As [`Node::get`].
    pub fn text_of(&self, key: &str) -> Result<Option<&str>, YamlError> {
        Ok(self.get(key)?.and_then(Self::text))
    }
}
