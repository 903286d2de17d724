//! The file as a tree in which everything knows its place.

use crate::finding::Position;

/// A value and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text as written; `quoted` where it had quotes or was a block of text.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping and its value, in the file's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Position,
    pub(crate) value: Node,
}

impl Node {
    /// What this is, for "expected ..., found ...".
    pub(crate) fn found(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Scalar { .. } if self.is_null() => "nothing",
            Kind::Scalar { .. } if self.boolean().is_some() => "a boolean",
            Kind::Scalar { .. } => "a single value",
        }
    }

    /// Whether nothing was written, or `null` or `~`.
    pub(crate) fn is_null(&self) -> bool {
        self.plain()
            .is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// `true` or `false`, written just so (YAML 1.2.2, 10.2.1.2); `yes` and `no` are words.
    pub(crate) fn boolean(&self) -> Option<bool> {
        self.plain()?.parse().ok()
    }

    /// The text of a scalar without quotes.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar {
                text,
                quoted: false,
            } => Some(text),
            _ => None,
        }
    }

    /// Whether this is just this word, with or without quotes.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Scalar { text, .. } if text == word)
    }

    /// The value of a mapping's key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The entries of a mapping; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }
}
