//! A mapping with fixed keys, opened: every key is known, or reported.

use crate::finding::{Finding, Position, quoted};
use crate::nearest::nearest;
use crate::node::{Entry, Kind, Node};
use crate::reader::Reader;
use crate::shape::Shape;

/// A mapping whose keys have been checked against its shape.
pub(crate) struct Block<'n> {
    /// Where to say that something is missing.
    pub(crate) at: Position,
    shape: &'static Shape,
    node: &'n Node,
    /// Keys that a misspelt one was probably meant to be: not reported as missing as well.
    meant: Vec<&'static str>,
}

impl<'n> Block<'n> {
    /// Opens `node`, and reports each key that is not of the shape. `at` is the place of the key
    /// that the block belongs to.
    pub(crate) fn open(
        at: Position,
        node: &'n Node,
        shape: &'static Shape,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            let message = format!(
                "expected {} (a mapping), found {}",
                shape.what,
                node.found()
            );
            reader.report(Finding::new(node.at, message));
            return None;
        };
        let mut meant = Vec::new();
        for entry in entries {
            if !shape.keys.contains(&entry.key.as_str()) {
                meant.extend(unknown(entry, shape, reader));
            }
        }
        Some(Self {
            at,
            shape,
            node,
            meant,
        })
    }

    /// The key that says which kind of a choice this is.
    pub(crate) fn kind(&self) -> &'static str {
        self.shape.keys.first().copied().unwrap_or_default()
    }

    /// The value of a key that may be left out.
    pub(crate) fn get(&self, key: &'static str) -> Option<&'n Node> {
        debug_assert!(
            self.shape.keys.contains(&key),
            "{key} is not in {}",
            self.shape.name
        );
        self.node.get(key)
    }

    /// The entry of a key that may be left out: for blocks within, which are reported at the key.
    pub(crate) fn entry(&self, key: &'static str) -> Option<&'n Entry> {
        debug_assert!(
            self.shape.keys.contains(&key),
            "{key} is not in {}",
            self.shape.name
        );
        self.node.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key that must be there; `hint` says what to write.
    pub(crate) fn need(
        &self,
        key: &'static str,
        hint: &str,
        reader: &mut Reader<'_>,
    ) -> Option<&'n Node> {
        let value = self.get(key);
        if value.is_none() && !self.meant.contains(&key) {
            let message = format!("{} needs `{key}`", self.shape.what);
            reader.report(Finding::new(self.at, message).hint(hint));
        }
        value
    }

    /// Whether a misspelt key was probably meant to be this one.
    pub(crate) fn meant(&self, key: &str) -> bool {
        self.meant.contains(&key)
    }
}

/// Reports a key that is not of the shape, and says which one it was probably meant to be.
fn unknown(entry: &Entry, shape: &Shape, reader: &mut Reader<'_>) -> Option<&'static str> {
    if shape.later.contains(&entry.key.as_str()) {
        reader.report(Finding::later(entry.at, &entry.key));
        return None;
    }
    let message = format!("unknown key {}", quoted(&entry.key));
    let near = nearest(&entry.key, shape.keys.iter().copied());
    let hint = match near {
        Some(key) => format!("did you mean `{key}`?"),
        None => format!("{} has {}", shape.what, listed(shape.keys)),
    };
    reader.report(Finding::new(entry.at, message).hint(hint));
    near
}

/// Words between backticks, with commas.
pub(crate) fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
