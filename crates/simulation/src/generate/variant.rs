//! Policies change while promotions wait and run.

use liftlock_core::policy::{Environment, Policy};
use liftlock_core::watching::gap_max;

use super::environments::{built, checks, environment, expires, repositories};
use super::gates::{gates, overrides};
use super::is;
use super::keys::with_key_replaced;
use crate::random::Random;

/// The policy with something changed; as it was where nothing that fits is found.
pub(crate) fn variant(random: &mut Random, policy: &Policy) -> Policy {
    for _ in 0..20 {
        let mut changed = policy.clone();
        change(random, &mut changed);
        if changed.problems().is_empty() {
            return changed;
        }
    }
    policy.clone()
}

fn change(random: &mut Random, policy: &mut Policy) {
    let count = policy.environments.len();
    let nth = random.below(count);
    let before: Vec<Environment> = policy.environments[..nth].to_vec();
    let kind = random.below(100);
    let Some(environment_there) = policy.environments.get_mut(nth) else {
        return;
    };
    match kind {
        0..30 => {
            let upstream = before.iter();
            let mut upstream = upstream.filter(|e| environment_there.after.contains(&e.name));
            let observed = upstream.all(Environment::is_observed);
            environment_there.gates = gates(random, &environment_there.after, observed);
        }
        30..42 => environment_there.expires = expires(random),
        42..47 => environment_there.overrides = overrides(random),
        47..50 => {
            *policy = with_key_replaced(policy.clone());
        }
        50..65 => {
            environment_there.checks = checks(random);
            environment_there.gap_max = gap_max(&environment_there.checks);
        }
        65..75 => {
            let name = (policy.pipeline.as_str(), environment_there.name.as_str());
            environment_there.repositories = repositories(random, name);
        }
        75..83 => {
            let name = environment_there.name.to_string();
            *environment_there = environment(random, (policy.pipeline.as_str(), &name), &before);
        }
        83..88 => {
            policy.environments.remove(nth);
        }
        88..92 => {
            let key = is("web");
            if policy.images.remove(&key).is_none() {
                policy
                    .images
                    .extend([built(policy.pipeline.as_str(), "web")]);
            }
        }
        _ => policy.keep = !policy.keep,
    }
}
