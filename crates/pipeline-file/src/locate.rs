//! From a problem's path in the policy to its place in the file.

use liftlock_core::policy::PathPart;

use crate::finding::Position;
use crate::node::{Kind, Node};

/// The place of what `path` leads to: its key, or the item of a list; where the file does not
/// have it, the longest part of the way that it does have.
pub(crate) fn position(root: &Node, path: &[PathPart]) -> Position {
    let mut at = Position::START;
    let mut node = root;
    for (depth, part) in path.iter().enumerate() {
        let step = match (part, &node.kind) {
            (PathPart::Key(key), Kind::Map(entries)) => entries
                .iter()
                .find(|entry| entry.key == *key)
                // `image: X` is short for `images: { app: X }`.
                .or_else(|| {
                    let short = depth == 0 && key == "images";
                    entries.iter().find(|entry| short && entry.key == "image")
                })
                .map(|entry| (entry.at, &entry.value)),
            (PathPart::Index(index), Kind::List(items)) => {
                items.get(*index).map(|item| (item.at, item))
            }
            _ => None,
        };
        match step {
            Some((place, next)) => (at, node) = (place, next),
            None => break,
        }
    }
    at
}

/// The environment that a path leads into, and the gate in it where it leads into one.
pub(crate) fn environment(path: &[PathPart]) -> Option<(&str, Option<&str>)> {
    let key = |index: usize| match path.get(index) {
        Some(PathPart::Key(key)) => Some(key.as_str()),
        _ => None,
    };
    if key(0) != Some("environments") {
        return None;
    }
    let gate = if key(2) == Some("gates") {
        key(3)
    } else {
        None
    };
    Some((key(1)?, gate))
}
