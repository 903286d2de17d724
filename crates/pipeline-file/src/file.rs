//! The top of the file.

use std::collections::BTreeSet;

use liftlock_core::policy::{IdentityMode, POLICY_VERSION};
use liftlock_core::{EnvironmentName, PipelineName, Policy};

use crate::block::Block;
use crate::environments::{self, Environments};
use crate::finding::Finding;
use crate::node::Node;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::who::{self, Words};
use crate::{allow, groups, images, keys, people, scalar};

pub(crate) const FILE: Shape = Shape {
    name: "file",
    what: "a pipeline file",
    keys: &[
        "version",
        "pipeline",
        "identity",
        "image",
        "images",
        "keep",
        "owners",
        "people",
        "groups",
        "keys",
        "allow",
        "environments",
    ],
    later: &[],
};

pub(crate) const IDENTITY_MODES: [(&str, IdentityMode); 2] = [
    ("authenticated", IdentityMode::Authenticated),
    ("claimed", IdentityMode::Claimed),
];

/// A policy, as far as it could be read.
pub(crate) struct Walked {
    pub(crate) policy: Policy,
    /// Whether everything outside of environments could be read.
    pub(crate) sound: bool,
    /// The environments that could be read in part only.
    pub(crate) broken: BTreeSet<EnvironmentName>,
}

/// Reads the whole file; nothing where not even a pipeline's name is known.
pub(crate) fn read(root: &Node, reader: &mut Reader<'_>) -> Option<Walked> {
    if !is_known_version(root, reader) {
        return None;
    }
    let before = reader.findings.len();
    let block = Block::open(root.at, root, &FILE, reader)?;
    block.need("version", "write `version: 1`", reader);
    let pipeline: Option<PipelineName> = block
        .need("pipeline", "name the application", reader)
        .and_then(|node| scalar::parsed(node, "a pipeline name", reader));
    let identity = match block.get("identity") {
        Some(node) => scalar::choice(node, "an identity mode", &IDENTITY_MODES, &[], reader),
        None => None,
    };
    let images = images::read(&block, reader);
    let keep = keep(&block, reader);
    let owners = block
        .get("owners")
        .and_then(|node| who::list(node, Words::Any, reader));
    let people = block
        .get("people")
        .and_then(|node| people::read(node, reader));
    let groups = block
        .get("groups")
        .and_then(|node| groups::read(node, reader));
    let keys = block.get("keys").and_then(|node| keys::read(node, reader));
    let allow = block
        .entry("allow")
        .and_then(|entry| allow::read(entry, reader));
    let environments = block.need("environments", "name at least one", reader);
    let outside = reader.findings.len() - before;
    let environments = match environments {
        Some(node) => environments::read(node, reader),
        None => Environments::default(),
    };
    let policy = Policy {
        version: POLICY_VERSION,
        pipeline: pipeline?,
        identity: identity.unwrap_or(IdentityMode::Authenticated),
        images: images.unwrap_or_default(),
        keep,
        owners: owners.unwrap_or_default(),
        people: people.unwrap_or_default(),
        groups: groups.unwrap_or_default(),
        keys: keys.unwrap_or_default(),
        allow: allow.unwrap_or_default(),
        environments: environments.read,
        files: std::mem::take(&mut reader.files)
            .into_iter()
            .filter_map(|(path, digest)| Some((path, digest?)))
            .collect(),
    };
    Some(Walked {
        policy,
        sound: outside == 0 && environments.sound,
        broken: environments.broken,
    })
}

/// A file of another version is not read further: what its keys mean is not known here.
fn is_known_version(root: &Node, reader: &mut Reader<'_>) -> bool {
    let Some(node) = root.get("version") else {
        return true;
    };
    match scalar::number::<u32>(node, reader) {
        Some(POLICY_VERSION) => true,
        Some(other) => {
            let message = format!("version {other} of the pipeline file is not known");
            let hint = format!("this Liftlock knows version {POLICY_VERSION}");
            reader.report(Finding::new(node.at, message).hint(hint));
            false
        }
        None => false,
    }
}

fn keep(block: &Block<'_>, reader: &mut Reader<'_>) -> bool {
    match block.get("keep") {
        None => true,
        Some(node) if node.is_word("none") => false,
        Some(node) => {
            let finding = Finding::new(node.at, "`keep` can only be `none`");
            reader.report(finding.hint("leave it out, and releases keep their images"));
            true
        }
    }
}
