//! What the walk carries with it: what was found, who is known, and the files that are named.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::Digest;

use crate::finding::Finding;
use crate::node::{Kind, Node};

/// Reads a file that the pipeline file names, by its path as written, relative to the pipeline
/// file's folder; the error is the reason, for people.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, String>;

pub(crate) struct Reader<'a> {
    pub(crate) findings: Vec<Finding>,
    pub(crate) read_file: ReadFile<'a>,
    /// Files named so far; nothing for one that could not be read, which is said once.
    pub(crate) files: BTreeMap<String, Option<Digest>>,
    /// Groups and persons of this file, as written.
    pub(crate) words: BTreeSet<String>,
    /// Whether a word that is neither group nor person may be a user.
    pub(crate) users: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(root: &Node, read_file: ReadFile<'a>) -> Self {
        let keys = |block: &str| root.get(block).map_or(&[][..], Node::entries);
        let words = keys("groups").iter().chain(keys("people"));
        let mode = root.get("identity");
        let is_broken = |block: &str| {
            let node = root.get(block);
            node.is_some_and(|node| !matches!(node.kind, Kind::Map(_)))
        };
        Self {
            findings: Vec::new(),
            read_file,
            files: BTreeMap::new(),
            words: words
                .map(|entry| entry.key.clone())
                .chain(["owners".to_owned()])
                .collect(),
            // What is wrong with these is reported; it shall not make every word wrong too.
            users: mode.is_some_and(|mode| !mode.is_word("authenticated"))
                || is_broken("groups")
                || is_broken("people"),
        }
    }

    pub(crate) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
