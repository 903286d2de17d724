//! A policy in the pipeline file's words, with every default said.

mod delivery;
mod gates;

use liftlock_core::Policy;
use liftlock_core::policy::{Environment, IdentityMode};

use crate::file::IDENTITY_MODES;
use crate::written::Written;

/// Entries in the order of the documentation; what is empty is left out.
pub(crate) struct Entries(Vec<(String, Written)>);

impl Entries {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an entry, also where its value is empty.
    pub(crate) fn say(&mut self, key: &str, value: Written) {
        self.0.push((key.to_owned(), value));
    }

    /// Adds an entry unless its value is empty.
    pub(crate) fn add(&mut self, key: &str, value: Written) {
        if !value.is_empty() {
            self.say(key, value);
        }
    }
}

/// The whole policy, but for the digests of the files it names.
pub(crate) fn document(policy: &Policy) -> Written {
    let mut file = Entries::new();
    file.say("version", Written::raw(policy.version));
    file.say("pipeline", Written::text(&policy.pipeline));
    file.say(
        "identity",
        Written::Text(identity(policy.identity).to_owned()),
    );
    file.add(
        "images",
        Written::map(policy.images.iter().map(|(k, v)| (k, Written::text(v)))),
    );
    if !policy.keep {
        file.say("keep", Written::Text("none".to_owned()));
    }
    file.add("owners", Written::list(&policy.owners));
    file.add(
        "people",
        Written::map(policy.people.iter().map(|(k, v)| (k, Written::list(v)))),
    );
    file.add(
        "groups",
        Written::map(policy.groups.iter().map(|(k, v)| (k, Written::list(v)))),
    );
    file.add(
        "keys",
        Written::map(policy.keys.iter().map(|(k, v)| (k, Written::text(v)))),
    );
    file.add(
        "allow",
        Written::map(policy.allow.iter().map(|(k, v)| (k, Written::list(v)))),
    );
    let environments = policy
        .environments
        .iter()
        .map(|e| (&e.name, environment(e)));
    file.say("environments", Written::map(environments));
    Written::Map(file.0)
}

fn identity(mode: IdentityMode) -> &'static str {
    word(&IDENTITY_MODES, mode)
}

/// The word for a value in a table of words.
pub(crate) fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> &'static str {
    let found = words.iter().find(|(_, known)| *known == value);
    found.map_or("", |(word, _)| word)
}

fn environment(environment: &Environment) -> Written {
    let mut block = Entries::new();
    block.add("after", Written::list(&environment.after));
    block.add("repository", Written::list(&environment.repositories));
    block.add("tags", Written::list(&environment.tags));
    block.say("gates", gates::gates(&environment.gates));
    if let Some(deploy) = &environment.deploy {
        block.say("deploy", delivery::deploy(deploy));
    }
    let checks = environment
        .checks
        .iter()
        .map(|c| (&c.name, delivery::check(c)));
    block.add("checks", Written::map(checks));
    if let Some(rule) = &environment.rollback {
        block.say("rollback", delivery::rollback(rule));
    }
    block.say("expires", Written::text(&environment.expires));
    if let Some(rule) = &environment.overrides {
        let mut rules = Entries::new();
        rules.say("by", Written::list(&rule.by));
        rules.say("max", Written::text(&rule.max));
        block.say("override", Written::Map(rules.0));
    }
    if let Some(key) = &environment.sign {
        block.say("sign", Written::text(key));
    }
    if let Some(label) = &environment.worker {
        block.say("worker", Written::text(label));
    }
    if environment.auto {
        block.say("auto", Written::raw(true));
    }
    Written::Map(block.0)
}

#[cfg(test)]
mod tests {
    use super::document;
    use crate::{Source, parse};

    const SHOP: &str = include_str!("../tests/files/shop.yaml");
    const MINIMAL: &str = include_str!("../tests/files/minimal.yaml");
    const DELIVERY: &str = include_str!("../tests/files/delivery.yaml");
    const ODD: &str = r#"{ version: 1, pipeline: "true", identity: claimed, keep: none,
        image: "[::1]:5000/a", groups: { "1.0": ["null", "oidc:a,{b}"] },
        environments: { "no": { repository: ["[::1]:5000/{image}", b], tags: ["1e3", "null"], gates: { s: { approval: "1.0", exclude: [] } },
          deploy: { command: [sh, -c, "a: b # \"c\"\u0085\u202e\t\\", ""], env: { A: "true" } },
          rollback: none } } }"#;

    #[test]
    fn a_policy_written_out_is_the_same_policy() {
        for text in [SHOP, MINIMAL, DELIVERY, ODD] {
            let read = |text: &str| {
                let source = Source {
                    name: "f",
                    text: text.as_bytes(),
                };
                parse(&source, &|_| Ok(Vec::new())).unwrap_or_else(|d| panic!("{}\n{text}", d[0]))
            };
            let policy = read(text);
            assert_eq!(read(&document(&policy).to_string()), policy);
        }
    }
}
