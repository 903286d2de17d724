//! Deployments, checks and rollback rules in the pipeline file's words.

use std::collections::BTreeMap;

use liftlock_core::policy::{CheckKind, Deploy, Gitops, GitopsPlace, RollbackRule};

use super::{Entries, word};
use crate::deploy::FORMS;
use crate::rollback::REASONS;
use crate::written::Written;

pub(super) fn deploy(deploy: &Deploy) -> Written {
    let mut block = Entries::new();
    match deploy {
        Deploy::Compose {
            files,
            services,
            project,
            within,
        } => {
            let mut compose = Entries::new();
            compose.say("files", Written::list(files));
            compose.say("services", Written::map(services.iter().map(text)));
            if let Some(project) = project {
                compose.say("project", Written::text(project));
            }
            compose.say("within", Written::text(within));
            block.say("compose", Written::Map(compose.0));
        }
        Deploy::Command {
            command,
            env,
            within,
        } => {
            block.say("command", Written::list(command));
            block.add("env", variables(env));
            block.say("within", Written::text(within));
        }
        Deploy::Gitops(declared) => block.say("gitops", gitops(declared)),
    }
    Written::Kind(block.0)
}

fn gitops(declared: &Gitops) -> Written {
    let mut block = Entries::new();
    block.say("repository", Written::text(&declared.repository));
    block.say("branch", Written::text(&declared.branch));
    if let Some(path) = &declared.path {
        block.say("path", Written::text(path));
    }
    let images = declared.images.iter().map(|(key, places)| {
        let places = places.iter().map(place).collect();
        (key, Written::List(places))
    });
    block.say("images", Written::map(images));
    block.say("within", Written::text(&declared.within));
    Written::Map(block.0)
}

fn place(place: &GitopsPlace) -> Written {
    let mut block = Entries::new();
    match place {
        GitopsPlace::Kustomize { file, name } => {
            block.say("kustomize", Written::text(file));
            if let Some(name) = name {
                block.say("name", Written::text(name));
            }
        }
        GitopsPlace::Helm { file, at } => {
            block.say("helm", Written::text(file));
            block.say("at", Written::text(at));
        }
        GitopsPlace::Value { file, at, form } => {
            block.say("file", Written::text(file));
            block.say("at", Written::text(at));
            block.say("write", Written::Text(word(&FORMS, *form).to_owned()));
        }
    }
    Written::Kind(block.0)
}

pub(super) fn check(kind: &CheckKind) -> Written {
    let mut block = Entries::new();
    let within = match kind {
        CheckKind::Http {
            url,
            expect,
            contains,
            within,
        } => {
            block.say("http", Written::text(url));
            block.say("expect", Written::raw(expect));
            if let Some(contains) = contains {
                block.say("contains", Written::text(contains));
            }
            within
        }
        CheckKind::Command {
            command,
            env,
            within,
        } => {
            block.say("command", Written::list(command));
            block.add("env", variables(env));
            within
        }
    };
    block.say("within", Written::text(within));
    Written::Kind(block.0)
}

pub(super) fn rollback(rule: &RollbackRule) -> Written {
    match rule {
        RollbackRule::None => Written::Text("none".to_owned()),
        RollbackRule::On(reasons) => {
            let reasons = reasons
                .iter()
                .map(|reason| word(&REASONS, *reason).to_owned());
            Written::map([("on", Written::List(reasons.map(Written::Text).collect()))])
        }
    }
}

fn variables(env: &BTreeMap<String, String>) -> Written {
    Written::map(env.iter().map(text))
}

fn text<'e, V: ToString>((key, value): (&'e String, &V)) -> (&'e String, Written) {
    (key, Written::text(value))
}
