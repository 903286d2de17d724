//! `environments`, in the file's order.

use std::collections::BTreeSet;

use liftlock_core::policy::{Environment, Gates};
use liftlock_core::{EnvironmentName, Span};

use crate::block::Block;
use crate::finding::Finding;
use crate::node::{Entry, Node};
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{checks, deploy, gates, named, rollback, scalar, sequence, tags};

pub(crate) const ENVIRONMENT: Shape = Shape {
    name: "environment",
    what: "an environment",
    keys: &[
        "after", "tags", "gates", "deploy", "checks", "rollback", "expires",
    ],
    later: &["auto", "override", "repository"],
};

/// How long a promotion stays open where the file does not say: 7 days.
pub(crate) const EXPIRES: Span = Span::from_secs(7 * 86_400);

/// The most environments of one pipeline.
const ENVIRONMENTS_MAX: usize = 100;

/// The environments, as far as they could be read.
#[derive(Default)]
pub(crate) struct Environments {
    pub(crate) read: Vec<Environment>,
    /// Whether each one at least has a name.
    pub(crate) sound: bool,
    pub(crate) broken: BTreeSet<EnvironmentName>,
}

pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> Environments {
    let before = reader.findings.len();
    let mut environments = Environments::default();
    let entries = named::entries(node, "a mapping of environments", reader).unwrap_or_default();
    if entries.len() > ENVIRONMENTS_MAX {
        let message = format!("more than {ENVIRONMENTS_MAX} environments");
        reader.report(Finding::new(node.at, message));
    }
    environments.sound = reader.findings.len() == before;
    for (name, entry) in entries.into_iter().take(ENVIRONMENTS_MAX) {
        let before = reader.findings.len();
        let environment = one(&name, entry, reader);
        if reader.findings.len() > before {
            environments.broken.insert(name);
        }
        environments.read.extend(environment);
    }
    environments
}

/// An environment; what cannot be read is left out of it.
fn one(name: &EnvironmentName, entry: &Entry, reader: &mut Reader<'_>) -> Option<Environment> {
    let block = Block::open(entry.at, &entry.value, &ENVIRONMENT, reader)?;
    let after = block.get("after").and_then(|node| after(node, reader));
    let tags = block.get("tags").and_then(|node| tags::read(node, reader));
    let gates = gates::read(&block, reader);
    let deploy = block
        .entry("deploy")
        .and_then(|entry| deploy::read(entry, reader));
    let checks = block
        .get("checks")
        .and_then(|node| checks::read(node, reader));
    let rollback = block
        .entry("rollback")
        .and_then(|entry| rollback::read(entry, reader));
    let expires = block
        .get("expires")
        .and_then(|node| scalar::span(node, reader));
    Some(Environment {
        name: name.clone(),
        after: after.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        gates: gates.unwrap_or(Gates::None),
        deploy,
        checks: checks.unwrap_or_default(),
        rollback,
        expires: expires.unwrap_or(EXPIRES),
    })
}

fn after(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<EnvironmentName>> {
    sequence::filled(
        node,
        "`after` lists nothing; leave it out for an entry",
        reader,
    )?;
    sequence::parsed(node, "an environment's name", reader)
}
