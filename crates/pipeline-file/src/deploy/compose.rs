//! `deploy: { compose: ... }`.

use std::collections::BTreeMap;

use liftlock_core::policy::Deploy;
use liftlock_core::{ImageKey, Span};

use crate::block::Block;
use crate::finding::{Finding, quoted};
use crate::node::{Entry, Kind, Node};
use crate::reader::Reader;
use crate::shape::Shape;
use crate::{path, scalar, sequence};

pub(crate) const DEPLOY_COMPOSE: Shape = Shape {
    name: "compose-deployment",
    what: "a deployment with compose",
    keys: &["compose"],
    later: &["tag"],
};

pub(crate) const COMPOSE: Shape = Shape {
    name: "compose",
    what: "`compose`",
    keys: &["file", "files", "services", "project", "profiles", "within"],
    later: &["strict", "tag"],
};

/// How long it may take where the file does not say: 5 minutes.
const WITHIN: Span = Span::from_secs(300);

/// The longest name of a service or project.
const NAME_MAX: usize = 64;

pub(super) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<Deploy> {
    let before = reader.findings.len();
    let block = Block::open(entry.at, &entry.value, &COMPOSE, reader)?;
    let files = files(&block, reader);
    let services = block
        .need("services", "say which service runs which image", reader)
        .and_then(|node| services(node, reader));
    let project = block.get("project").and_then(|node| project(node, reader));
    let profiles = match block.get("profiles") {
        Some(node) => profiles(node, reader),
        None => Vec::new(),
    };
    let within = scalar::within(block.get("within"), WITHIN, reader);
    if reader.findings.len() > before {
        return None;
    }
    Some(Deploy::Compose {
        files: files?,
        services: services?,
        project,
        within: within?,
        profiles,
    })
}

fn files(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let node = match (block.entry("file"), block.entry("files")) {
        (Some(one), Some(two)) => {
            let at = one.at.max(two.at);
            reader.report(Finding::new(
                at,
                "there is `file` and `files`; only one can be",
            ));
            return None;
        }
        (None, Some(entry)) => Some(&entry.value),
        (Some(entry), None) => Some(&entry.value),
        (None, None) if block.meant("files") => None,
        (None, None) => block.need("file", "name the compose file", reader),
    };
    sequence::each(node?, reader, path::file)
}

fn services(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<String, ImageKey>> {
    let Kind::Map(entries) = &node.kind else {
        let message = format!(
            "expected a mapping of services to images, found {}",
            node.found()
        );
        reader.report(Finding::new(node.at, message));
        return None;
    };
    let mut services = BTreeMap::new();
    for Entry { key, at, value } in entries {
        // Compose's own grammar, without what programs would take for an option.
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !is_name(key, valid) {
            let message = format!("{} is not a compose service's name", quoted(key));
            reader.report(Finding::new(*at, message));
        } else if let Some(image) = scalar::parsed(value, "an image key", reader) {
            services.insert(key.clone(), image);
        }
    }
    Some(services)
}

fn project(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = scalar::text(node, "a project's name", reader)?;
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if !is_name(text, valid) {
        let message = format!("{} is not a compose project's name", quoted(text));
        let finding = Finding::new(node.at, message);
        reader.report(finding.hint("expected a-z 0-9 _ - that start with a letter or digit"));
        return None;
    }
    Some(text.to_owned())
}

fn profiles(node: &Node, reader: &mut Reader<'_>) -> Vec<String> {
    let profiles = sequence::each(node, reader, profile);
    if profiles.as_ref().is_some_and(Vec::is_empty) {
        reader.report(Finding::new(node.at, "`profiles` lists none; leave it out"));
    }
    profiles.unwrap_or_default()
}

/// Compose's own grammar of a profile's name.
fn profile(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = scalar::text(node, "a profile", reader)?;
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !is_name(text, valid) {
        let message = format!("{} is not a compose profile's name", quoted(text));
        reader.report(Finding::new(node.at, message));
        return None;
    }
    Some(text.to_owned())
}

fn is_name(text: &str, valid: impl Fn(char) -> bool) -> bool {
    text.len() <= NAME_MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(valid)
}
