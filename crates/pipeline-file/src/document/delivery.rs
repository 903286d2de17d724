//! Deployments, checks and rollback rules in the pipeline file's words.

use std::collections::BTreeMap;

use liftlock_core::Span;
use liftlock_core::policy::{
    Check, CheckKind, Deploy, Gitops, GitopsPlace, HttpCheck, RollbackOn, RollbackRule, SecretFrom,
};

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
            profiles,
        } => {
            let mut compose = Entries::new();
            compose.say("files", Written::list(files));
            compose.say("services", Written::map(services.iter().map(text)));
            if let Some(project) = project {
                compose.say("project", Written::text(project));
            }
            compose.add("profiles", Written::list(profiles));
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

pub(super) fn check(check: &Check) -> Written {
    let mut block = Entries::new();
    let within = match &check.kind {
        CheckKind::Http(http) => self::http(http, &mut block),
        CheckKind::Command {
            command,
            env,
            within,
        } => {
            block.say("command", Written::list(command));
            block.add("env", variables(env));
            within
        }
        CheckKind::K6(k6) => {
            block.say("k6", Written::text(&k6.script));
            block.add("env", variables(&k6.env));
            if let Some(gate) = &k6.evidence {
                block.say("evidence", Written::text(gate));
            }
            &k6.within
        }
        CheckKind::Prometheus(prometheus) => {
            block.say("prometheus", Written::text(&prometheus.url));
            block.say("query", Written::text(&prometheus.query));
            block.say("expect", Written::text(&prometheus.expect));
            block.say("for", Written::text(&prometheus.hold));
            trusted(
                &mut block,
                prometheus.ca.as_ref(),
                prometheus.token.as_ref(),
            );
            &prometheus.within
        }
    };
    block.say("within", Written::text(within));
    block.add("after", Written::list(&check.after));
    if let Some(every) = &check.every {
        block.say("every", Written::text(every));
    }
    Written::Kind(block.0)
}

fn http<'c>(http: &'c HttpCheck, block: &mut Entries) -> &'c Span {
    block.say("http", Written::text(&http.url));
    block.say("expect", Written::raw(http.expect));
    if let Some(contains) = &http.contains {
        block.say("contains", Written::text(contains));
    }
    if let Some(matches) = &http.matches {
        block.say("matches", Written::text(matches));
    }
    block.add("headers", variables(&http.headers));
    block.add(
        "json",
        Written::map(http.json.iter().map(|(k, v)| (k, Written::text(v)))),
    );
    if http.times() > 1 {
        block.say("times", Written::raw(http.times()));
    }
    trusted(block, http.ca.as_ref(), http.token.as_ref());
    &http.within
}

fn trusted(block: &mut Entries, ca: Option<&String>, token: Option<&SecretFrom>) {
    if let Some(ca) = ca {
        block.say("ca", Written::text(ca));
    }
    if let Some(token) = token {
        let from = match token {
            SecretFrom::Env(name) => ("from_env", Written::text(name)),
            SecretFrom::File(path) => ("from_file", Written::text(path)),
        };
        block.say("token", Written::map([from]));
    }
}

pub(super) fn rollback(rule: &RollbackRule) -> Written {
    match rule {
        RollbackRule::None => Written::Text("none".to_owned()),
        RollbackRule::On(reasons) => Written::map([("on", on(reasons))]),
        RollbackRule::Within {
            on: reasons,
            within,
        } => Written::map([("on", on(reasons)), ("within", Written::text(within))]),
    }
}

fn on(reasons: &[RollbackOn]) -> Written {
    let reasons = reasons
        .iter()
        .map(|reason| word(&REASONS, *reason).to_owned());
    Written::List(reasons.map(Written::Text).collect())
}

fn variables(env: &BTreeMap<String, String>) -> Written {
    Written::map(env.iter().map(text))
}

fn text<'e, V: ToString>((key, value): (&'e String, &V)) -> (&'e String, Written) {
    (key, Written::text(value))
}
