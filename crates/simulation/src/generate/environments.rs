//! Pipelines of one to five environments: in a row, fanned out, and joined again.

use std::collections::BTreeMap;

use liftlock_core::policy::{
    Check, CheckKind, Deploy, Environment, Gates, IdentityMode, POLICY_VERSION, Policy, RollbackOn,
    RollbackRule,
};
use liftlock_core::watching::gap_max;
use liftlock_core::{EnvironmentName, ImageKey, Span};
use liftlock_oci::Repository;

use super::gates::{gates, overrides, span};
use super::is;
use super::keys::{OURS, keys};
use super::people::settle;
use crate::random::Random;
use crate::time::{DAY, HOUR, MINUTE};

const NAMES: [&str; 5] = ["dev", "staging", "europe", "america", "production"];

/// A policy that a world may begin with.
pub(crate) fn policy(random: &mut Random, pipeline: &str) -> Policy {
    loop {
        let drawn = draw(random, pipeline);
        if drawn.problems().is_empty() {
            return drawn;
        }
    }
}

fn draw(random: &mut Random, pipeline: &str) -> Policy {
    let claimed = random.chance(250);
    let mut policy = Policy {
        version: POLICY_VERSION,
        pipeline: is(pipeline),
        identity: if claimed {
            IdentityMode::Claimed
        } else {
            IdentityMode::Authenticated
        },
        images: BTreeMap::from([built(pipeline, "api")]),
        keep: random.chance(850),
        owners: Vec::new(),
        people: BTreeMap::new(),
        groups: BTreeMap::new(),
        keys: keys(),
        allow: BTreeMap::new(),
        environments: Vec::new(),
        files: BTreeMap::new(),
    };
    if random.chance(450) {
        policy.images.extend([built(pipeline, "web")]);
    }
    settle(&mut policy);
    let count = 1 + random.below(NAMES.len());
    for name in NAMES.into_iter().take(count) {
        let environment = environment(random, (pipeline, name), &policy.environments);
        policy.environments.push(environment);
    }
    policy
}

/// An image, and where it is built into.
pub(super) fn built(pipeline: &str, key: &str) -> (ImageKey, Repository) {
    (is(key), is(&format!("build.example.com/{pipeline}/{key}")))
}

/// An environment after some of those there are.
pub(super) fn environment(
    random: &mut Random,
    (pipeline, name): (&str, &str),
    before: &[Environment],
) -> Environment {
    let after = after(random, before);
    let mut upstream = before.iter().filter(|other| after.contains(&other.name));
    let observed = upstream.all(Environment::is_observed);
    let deploy = random.chance(550).then(deploy);
    let rollback = deploy.as_ref().map(|_| rollback(random));
    let tags = match random.below(6) {
        0 if deploy.is_some() => Vec::new(),
        1 => vec![is(name), is(&format!("{name}-{{version}}"))],
        2 => vec![
            is(&format!("{name}-{{version}}")),
            is(name),
            is(&format!("{name}-latest")),
        ],
        _ => vec![is(name)],
    };
    let checks = checks(random);
    let mut environment = Environment {
        name: is(name),
        repositories: repositories(random, (pipeline, name)),
        tags,
        gates: Gates::None,
        auto: random.chance(250),
        sign: random.chance(250).then(|| is(OURS)),
        worker: None,
        overrides: overrides(random),
        deploy,
        gap_max: gap_max(&checks),
        checks,
        rollback,
        expires: Span::from_us(random.between(1, 8) * DAY),
        after,
    };
    environment.gates = gates(random, &environment.after, observed);
    environment
}

fn after(random: &mut Random, before: &[Environment]) -> Vec<EnvironmentName> {
    let names: Vec<EnvironmentName> = before.iter().map(|other| other.name.clone()).collect();
    let last = names.last().cloned();
    match random.below(10) {
        0 => Vec::new(),
        1..5 => last.into_iter().collect(),
        5..7 => random.pick(&names).cloned().into_iter().collect(),
        _ => {
            let mut joined: Vec<_> = random.pick(&names).cloned().into_iter().collect();
            joined.extend(last.filter(|last| !joined.contains(last)));
            joined
        }
    }
}

pub(super) fn repositories(
    random: &mut Random,
    (pipeline, name): (&str, &str),
) -> Vec<liftlock_core::policy::RepositoryTemplate> {
    let region = |region: &str| is(&format!("{region}.example.com/{pipeline}/{name}/{{image}}"));
    match random.below(8) {
        0 => vec![region("eu")],
        1 => vec![region("eu"), region("us")],
        2 => vec![
            region("eu"),
            is(&format!("build.example.com/{pipeline}/{{image}}")),
        ],
        _ => Vec::new(),
    }
}

fn deploy() -> Deploy {
    Deploy::Command {
        command: vec!["deploy".to_owned()],
        env: BTreeMap::new(),
        within: Span::from_us(20 * MINUTE),
    }
}

fn rollback(random: &mut Random) -> RollbackRule {
    if random.chance(250) {
        RollbackRule::None
    } else if random.chance(400) {
        RollbackRule::Within {
            on: vec![RollbackOn::Check, RollbackOn::Incident],
            within: span(random, HOUR, 2 * DAY),
        }
    } else {
        RollbackRule::On(vec![RollbackOn::Check])
    }
}

pub(super) fn checks(random: &mut Random) -> Vec<Check> {
    let every = random.chance(400);
    let every = every.then(|| Span::from_us(random.between(10 * MINUTE, 4 * HOUR)));
    let check = |name: &str| Check {
        name: is(name),
        every,
        kind: CheckKind::Command {
            command: vec!["check".to_owned()],
            env: BTreeMap::new(),
            within: Span::from_us(HOUR),
        },
        after: Vec::new(),
    };
    match random.below(5) {
        0 => Vec::new(),
        1 => vec![check("smoke"), check("load")],
        2 => {
            let mut load = check("load");
            load.after.push(is("smoke"));
            vec![load, check("metrics"), check("smoke")]
        }
        _ => vec![check("smoke")],
    }
}

/// How long a promotion stays open, drawn again.
pub(super) fn expires(random: &mut Random) -> Span {
    span(random, DAY, 8 * DAY)
}
