//! From an image and what is known of the destinations, to what is done. No IO.

use std::collections::BTreeSet;

use liftlock_oci::{Descriptor, Digest, Tag};

use super::graph::{Graph, Node, Role};

/// What is known of a destination before anything is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// It is the very place that the image comes from.
    pub(super) same: bool,
    /// The image is there, with all that it lists, and each tag points at it.
    pub(super) has_image: bool,
    /// Referrers and companions that are there, as they are at the source.
    pub(super) has: BTreeSet<Digest>,
}

/// What is done: blobs to any place at the same time, then for each place its writes in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    pub(super) blobs: Vec<BlobMove>,
    /// For each destination.
    pub(super) writes: Vec<Vec<Write>>,
}

/// A blob, and the destinations that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlobMove {
    pub(super) blob: Descriptor,
    pub(super) to: Vec<usize>,
}

/// One manifest or tag to write; numbers are places in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Write {
    /// A manifest by its digest, which another one lists.
    Child(usize),
    /// The image by its digest.
    Root(usize),
    /// A manifest with a subject.
    Referrer(usize),
    /// Under a tag of cosign's.
    Companion(usize, Tag),
    /// The image under a tag: last.
    Tag(usize, Tag),
}

/// Plans a copy of `graph` to destinations with these tags.
pub(super) fn plan(graph: &Graph, destinations: &[(Known, &[Tag])]) -> Plan {
    let mut plan = Plan::default();
    for (known, tags) in destinations {
        let writes = writes(graph, known, tags);
        plan.writes.push(writes);
    }
    for (blob, users) in graph.blobs() {
        let needs = |(at, (known, _)): (usize, &(Known, &[Tag]))| {
            let needed = users.iter().any(|&user| is_needed(graph, user, known));
            needed.then_some(at)
        };
        let to: Vec<usize> = destinations.iter().enumerate().filter_map(needs).collect();
        if !to.is_empty() {
            plan.blobs.push(BlobMove { blob, to });
        }
    }
    plan
}

/// Whether a manifest has to be written there, and so its blobs have to be there.
fn is_needed(graph: &Graph, at: usize, known: &Known) -> bool {
    let node = &graph.nodes()[at];
    if known.same {
        return false;
    }
    if node.is_image() {
        return !known.has_image;
    }
    !known.has.contains(&node.manifest.digest())
}

fn writes(graph: &Graph, known: &Known, tags: &[Tag]) -> Vec<Write> {
    let nodes = || graph.nodes().iter().enumerate();
    let needed = |&(at, _): &(usize, &Node)| is_needed(graph, at, known);
    let mut writes = Vec::new();
    let mut root = None;
    for (at, node) in nodes().filter(needed) {
        if node.role == Role::Child {
            writes.push(Write::Child(at));
        }
    }
    for (at, node) in nodes() {
        if node.role == Role::Root {
            root = Some(at);
        }
    }
    let others: Vec<_> = nodes()
        .filter(needed)
        .filter(|(_, node)| !node.is_image())
        .collect();
    // Registries may refuse a manifest whose subject is not there yet; otherwise the tag's own
    // write is enough.
    if let Some(root) = root
        && is_needed(graph, root, known)
        && (tags.is_empty() || !others.is_empty())
    {
        writes.push(Write::Root(root));
    }
    for (at, node) in others {
        match &node.role {
            Role::Referrer(_) => writes.push(Write::Referrer(at)),
            Role::Companion(_, tag) => writes.push(Write::Companion(at, tag.clone())),
            Role::Part => writes.push(Write::Child(at)),
            Role::Root | Role::Child => {}
        }
    }
    if let Some(root) = root
        && (known.same || !known.has_image)
    {
        writes.extend(tags.iter().map(|tag| Write::Tag(root, tag.clone())));
    }
    writes
}

#[cfg(test)]
mod tests;
