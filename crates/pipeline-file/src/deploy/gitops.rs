//! `deploy: { gitops: ... }`.

use std::collections::BTreeMap;

use liftlock_core::policy::{Deploy, Gitops, GitopsForm, GitopsPlace};
use liftlock_core::{ImageKey, Span};

use crate::block::Block;
use crate::finding::{Finding, quoted};
use crate::node::{Entry, Kind, Node};
use crate::reader::Reader;
use crate::shape::{Kinds, Shape};
use crate::{kind, named, path, scalar};

pub(crate) const DEPLOY_GITOPS: Shape = Shape {
    name: "gitops-deployment",
    what: "a deployment by a commit",
    keys: &["gitops"],
    later: &[],
};

pub(crate) const GITOPS: Shape = Shape {
    name: "gitops",
    what: "`gitops`",
    keys: &["repository", "branch", "path", "images", "within"],
    later: &[],
};

pub(crate) const KUSTOMIZE: Shape = Shape {
    name: "kustomize-place",
    what: "a kustomization's image",
    keys: &["kustomize", "name"],
    later: &[],
};

pub(crate) const HELM: Shape = Shape {
    name: "helm-place",
    what: "a chart's image",
    keys: &["helm", "at"],
    later: &[],
};

pub(crate) const VALUE: Shape = Shape {
    name: "value-place",
    what: "a value",
    keys: &["file", "at", "write"],
    later: &[],
};

const PLACES: Kinds = Kinds {
    what: "a place that names an image",
    known: &[&KUSTOMIZE, &HELM, &VALUE],
    later: &[],
};

pub(crate) const FORMS: [(&str, GitopsForm); 2] = [
    ("reference", GitopsForm::Reference),
    ("digest", GitopsForm::Digest),
];

/// How long it may take where the file does not say: 5 minutes.
const WITHIN: Span = Span::from_secs(300);

/// The branch where the file does not say.
const BRANCH: &str = "main";

/// The most places of one image.
const PLACES_MAX: usize = 50;

/// The longest name of a repository or branch, in bytes.
const NAME_MAX: usize = 1024;

pub(super) fn read(entry: &Entry, reader: &mut Reader<'_>) -> Option<Deploy> {
    let before = reader.findings.len();
    let block = Block::open(entry.at, &entry.value, &GITOPS, reader)?;
    let repository = block
        .need("repository", "name the Git repository", reader)
        .and_then(|node| checked(node, "a Git repository", repository, reader));
    let branch = match block.get("branch") {
        Some(node) => checked(node, "a branch", branch, reader),
        None => Some(BRANCH.to_owned()),
    };
    let folder = block.get("path").and_then(|node| path::named(node, reader));
    let images = block
        .need("images", "say where each image is named", reader)
        .and_then(|node| images(node, reader));
    let within = scalar::within(block.get("within"), WITHIN, reader);
    if reader.findings.len() > before {
        return None;
    }
    Some(Deploy::Gitops(Gitops {
        repository: repository?,
        branch: branch?,
        path: folder,
        images: images?,
        within: within?,
    }))
}

fn checked(
    node: &Node,
    what: &str,
    check: fn(&str) -> Result<(), &'static str>,
    reader: &mut Reader<'_>,
) -> Option<String> {
    let text = scalar::text(node, what, reader)?;
    if let Err(reason) = check(text) {
        // A URL with a password is not repeated.
        reader.report(match text.contains('@') {
            true => Finding::new(node.at, reason).hidden(),
            false => Finding::new(node.at, format!("{}: {reason}", quoted(text))),
        });
        return None;
    }
    Some(text.to_owned())
}

/// What git takes for a repository, but for ways that would run a program or show a password.
fn repository(text: &str) -> Result<(), &'static str> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if text.is_empty() || text.len() > NAME_MAX || text.contains(odd) || text.starts_with('-') {
        return Err("a repository is a URL or a path, without spaces");
    }
    if text.contains("::") {
        return Err("a repository is a URL (https, ssh, file) or a path");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok(());
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    match scheme {
        "https" if user.is_some() => {
            Err("an https URL here has no user or password; git's credential helpers know them")
        }
        "ssh" if user.is_some_and(|user| user.contains(':')) => {
            Err("an ssh URL here has no password")
        }
        "https" | "ssh" | "file" => Ok(()),
        _ => Err("a repository's URL is https, ssh or file"),
    }
}

/// A branch's name (git-check-ref-format(1)), as far as it could mean something else.
fn branch(text: &str) -> Result<(), &'static str> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "._/-+@#".contains(c);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let is_name = text.len() <= NAME_MAX
        && text.chars().all(valid)
        && text.split('/').all(part)
        && !text.starts_with('-')
        && !text.ends_with('.')
        && !text.contains("..")
        && text != "@";
    is_name.then_some(()).ok_or("it is not a branch's name")
}

fn images(node: &Node, reader: &mut Reader<'_>) -> Option<BTreeMap<ImageKey, Vec<GitopsPlace>>> {
    let entries = named::entries(node, "a mapping of images to places", reader)?;
    let mut images = BTreeMap::new();
    for (key, entry) in entries {
        images.insert(key, places(entry, reader)?);
    }
    Some(images)
}

fn places(entry: &Entry, reader: &mut Reader<'_>) -> Option<Vec<GitopsPlace>> {
    let items = match &entry.value.kind {
        Kind::List(items) => &items[..],
        _ => std::slice::from_ref(&entry.value),
    };
    if items.is_empty() || items.len() > PLACES_MAX {
        let message = format!("expected 1 to {PLACES_MAX} places, found {}", items.len());
        reader.report(Finding::new(entry.value.at, message));
        return None;
    }
    items.iter().map(|item| place(item, reader)).collect()
}

fn place(node: &Node, reader: &mut Reader<'_>) -> Option<GitopsPlace> {
    let block = kind::choose(node.at, node, &PLACES, reader)?;
    let file = block
        .get(block.kind())
        .and_then(|node| path::named(node, reader));
    let at = |reader: &mut Reader<'_>| {
        let at = block.need(
            "at",
            "say where, such as image or spec.containers[name=web].image",
            reader,
        )?;
        scalar::parsed(at, "a path", reader)
    };
    match block.kind() {
        "kustomize" => {
            let name = match block.get("name") {
                Some(node) => Some(scalar::text(node, "an image's name", reader)?.to_owned()),
                None => None,
            };
            Some(GitopsPlace::Kustomize { file: file?, name })
        }
        "helm" => {
            let at = at(reader);
            Some(GitopsPlace::Helm {
                file: file?,
                at: at?,
            })
        }
        _ => {
            let at = at(reader);
            let form = match block.get("write") {
                Some(node) => scalar::choice(node, "what is written", &FORMS, &[], reader)?,
                None => GitopsForm::Reference,
            };
            Some(GitopsPlace::Value {
                file: file?,
                at: at?,
                form,
            })
        }
    }
}
