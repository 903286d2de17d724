//! Deployments, checks and rollback rules in the pipeline file's words.

use std::collections::BTreeMap;

use liftlock_core::policy::{CheckKind, Deploy, RollbackRule};

use super::{Entries, word};
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
