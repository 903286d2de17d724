//! `environments`, in the file's order.

use std::collections::BTreeSet;

use liftlock_core::policy::{Environment, Gates};
use liftlock_core::watching::gap_max;
use liftlock_core::{EnvironmentName, Span};

use crate::block::Block;
use crate::finding::Finding;
use crate::node::{Entry, Node};
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{
    checks, deploy, gates, named, overrides, repositories, rollback, scalar, sequence, tags,
};

pub(crate) const ENVIRONMENT: Shape = Shape {
    name: "environment",
    what: "an environment",
    keys: &[
        "after",
        "repository",
        "tags",
        "gates",
        "deploy",
        "checks",
        "rollback",
        "expires",
        "auto",
        "override",
        "sign",
        "worker",
    ],
    later: &[],
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
        environments.read.push(one(&name, entry, reader));
        if reader.findings.len() > before {
            environments.broken.insert(name);
        }
    }
    environments
}

/// An environment; what cannot be read is left out of it.
fn one(name: &EnvironmentName, entry: &Entry, reader: &mut Reader<'_>) -> Environment {
    let mut environment = Environment {
        name: name.clone(),
        after: Vec::new(),
        repositories: Vec::new(),
        tags: Vec::new(),
        gates: Gates::None,
        deploy: None,
        checks: Vec::new(),
        gap_max: None,
        rollback: None,
        expires: EXPIRES,
        auto: false,
        sign: None,
        worker: None,
        overrides: None,
    };
    if let Some(block) = Block::open(entry.at, &entry.value, &ENVIRONMENT, reader) {
        fill(&mut environment, &block, reader);
    }
    environment
}

fn fill(environment: &mut Environment, block: &Block<'_>, reader: &mut Reader<'_>) {
    if let Some(node) = block.get("after") {
        environment.after = after(node, reader).unwrap_or_default();
    }
    if let Some(node) = block.get("repository") {
        environment.repositories = repositories::read(node, reader).unwrap_or_default();
    }
    if let Some(node) = block.get("tags") {
        environment.tags = tags::read(node, reader).unwrap_or_default();
    }
    if let Some(gates) = gates::read(block, reader) {
        environment.gates = gates;
    }
    if let Some(entry) = block.entry("deploy") {
        environment.deploy = deploy::read(entry, reader);
    }
    if let Some(node) = block.get("checks") {
        environment.checks = checks::read(node, reader).unwrap_or_default();
        environment.gap_max = gap_max(&environment.checks);
    }
    if let Some(entry) = block.entry("rollback") {
        environment.rollback = rollback::read(entry, reader);
    }
    if let Some(span) = block
        .get("expires")
        .and_then(|node| scalar::span(node, reader))
    {
        environment.expires = span;
    }
    if let Some(entry) = block.entry("override") {
        environment.overrides = overrides::read(entry, reader);
    }
    if let Some(node) = block.get("sign") {
        environment.sign = scalar::parsed(node, "a key's name", reader);
    }
    if let Some(node) = block.get("worker") {
        environment.worker = scalar::parsed(node, "a label", reader);
    }
    if let Some(node) = block.get("auto") {
        environment.auto = scalar::boolean(node, reader).unwrap_or_default();
    }
}

fn after(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<EnvironmentName>> {
    sequence::filled(
        node,
        "`after` lists nothing; leave it out for an entry",
        reader,
    )?;
    sequence::parsed(node, "an environment's name", reader)
}
