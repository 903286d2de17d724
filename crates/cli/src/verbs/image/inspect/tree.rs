//! An image as a tree: what it lists, what that holds, and what refers to each.

use std::collections::HashSet;

use liftlock_oci::{Descriptor, Digest, RawManifest};
use liftlock_registry::{Graph, Node, Parts, Role};
use liftlock_verbs::show::bytes;

use super::kind;

/// The most lines that are shown; a JSON document has all.
const LINES_MAX: usize = 2000;

/// A line, and what is below it.
struct Row {
    label: String,
    digest: Digest,
    size: u64,
    remark: String,
    below: Vec<Row>,
}

/// The lines below an image.
pub(super) fn lines(root: &RawManifest, parts: &Parts, graph: &Graph) -> Vec<String> {
    let mut growing = Growing {
        graph,
        seen: HashSet::from([root.digest()]),
    };
    let rows = growing.below(root.digest(), parts);
    let mut lines = Vec::new();
    draw(&rows, "  ", &mut lines);
    let more = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    if more > 0 {
        lines.push(format!("  and {more} more; --json has all of them"));
    }
    lines
}

struct Growing<'a> {
    graph: &'a Graph,
    /// What is shown already: the same manifest may be listed many times.
    seen: HashSet<Digest>,
}

impl Growing<'_> {
    /// What a manifest lists or holds, then what refers to it.
    fn below(&mut self, digest: Digest, parts: &Parts) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for child in &parts.children {
            let label = kind::of_child(child);
            rows.push(self.manifest(label, child.digest, child.size, String::new()));
        }
        for (at, blob) in parts.blobs.iter().enumerate() {
            let label = if at == 0 { "config" } else { "layer" };
            rows.push(leaf(label, blob));
        }
        rows.extend(parts.foreign.iter().map(|layer| Row {
            remark: "foreign: kept somewhere else".to_owned(),
            ..leaf("layer", layer)
        }));
        let nodes = self.graph.nodes().iter();
        let referring: Vec<_> = nodes
            .filter(|node| refers_to(node) == Some(digest))
            .collect();
        for node in referring {
            let (label, remark) = describe(node);
            let manifest = &node.manifest;
            let size = manifest.bytes().len() as u64;
            rows.push(self.manifest(label.to_owned(), manifest.digest(), size, remark));
        }
        rows
    }

    fn manifest(&mut self, label: String, digest: Digest, size: u64, remark: String) -> Row {
        let nodes = self.graph.nodes().iter();
        let node = nodes.rev().find(|node| node.manifest.digest() == digest);
        let below = match node {
            Some(node) if self.seen.insert(digest) => self.below(digest, &node.parts),
            _ => Vec::new(),
        };
        Row {
            label,
            digest,
            size,
            remark,
            below,
        }
    }
}

fn leaf(label: &str, blob: &Descriptor) -> Row {
    Row {
        label: label.to_owned(),
        digest: blob.digest,
        size: blob.size,
        remark: kind::predicate(blob).unwrap_or_default().to_owned(),
        below: Vec::new(),
    }
}

fn refers_to(node: &Node) -> Option<Digest> {
    match &node.role {
        Role::Referrer(subject) | Role::Companion(subject, _) => Some(*subject),
        Role::Root | Role::Child | Role::Part => None,
    }
}

fn describe(node: &Node) -> (&'static str, String) {
    if let Role::Companion(_, tag) = &node.role {
        return (kind::of_tag(tag), format!("under the tag {tag}"));
    }
    let artifact_type = node.parts.artifact_type.as_deref();
    let remark = artifact_type.unwrap_or_default().to_owned();
    (kind::of_artifact(artifact_type), remark)
}

fn draw(rows: &[Row], indent: &str, lines: &mut Vec<String>) {
    let width = rows.iter().map(|row| row.label.chars().count()).max();
    let width = width.unwrap_or_default();
    for (at, row) in rows.iter().enumerate() {
        let last = at + 1 == rows.len();
        let (branch, rest) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let Row { label, digest, .. } = row;
        let size = bytes(row.size);
        let line = format!(
            "{indent}{branch}{label:<width$}  {digest}  {size}  {}",
            row.remark
        );
        lines.push(line.trim_end().to_owned());
        draw(&row.below, &format!("{indent}{rest}"), lines);
    }
}
