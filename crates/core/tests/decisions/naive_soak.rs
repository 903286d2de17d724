//! Soak, counted as a bystander would: at every instant that passes, whatever stands is asked.

use std::collections::BTreeMap;

use liftlock_core::{EnvironmentName, ReleaseName, Span, State, Time};

use crate::naive::has_bad_evidence;
use crate::world::World;

/// What each release has earned where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Soaked {
    pub(crate) earned: BTreeMap<(EnvironmentName, ReleaseName), Span>,
    until: Time,
}

/// The clock moves on: whoever earns, earns the time up to then.
pub(crate) fn pass(world: &mut World, span: Span) {
    let until = (world.clock + span).max(world.state.last_time);
    let passed = until.since(world.soaked.until.max(world.state.last_time));
    world.soaked.until = until.max(world.soaked.until);
    for key in earning(&world.state) {
        let earned = world.soaked.earned.entry(key).or_default();
        *earned = *earned + passed;
    }
}

/// Something happened: whoever is spoilt by it has nothing any more.
pub(crate) fn after_event(world: &mut World) {
    world.soaked.until = world.soaked.until.max(world.state.last_time);
    let Ok(policy) = world.state.policy() else {
        return;
    };
    for environment in &policy.environments {
        let name = &environment.name;
        let there = world.state.environment(name);
        for release in world.state.releases.keys() {
            let is_current = there
                .current
                .as_ref()
                .is_some_and(|c| c.release == *release);
            let spoilt = there.withdrawn.contains_key(release)
                || (is_current && (there.incident.is_some() || there.drift.is_some()))
                || has_bad_evidence(&world.state, name, release);
            let key = (name.clone(), release.clone());
            if spoilt {
                world.soaked.earned.remove(&key);
            }
            let clock = there.soak.get(release).copied().unwrap_or_default();
            // The world's clock may be behind what is recorded; then no time has passed.
            let now = world.soaked.until;
            let earned = world.soaked.earned.get(&key).copied().unwrap_or_default();
            assert_eq!(clock.total(now), earned, "the soak of {release} in {name}");
        }
    }
}

fn earning(state: &State) -> Vec<(EnvironmentName, ReleaseName)> {
    let Ok(policy) = state.policy() else {
        return Vec::new();
    };
    let environments = policy.environments.iter();
    environments
        .filter_map(|environment| {
            let there = state.environment(&environment.name);
            let current = there.current.as_ref()?;
            let earns = current.verified
                && there.incident.is_none()
                && there.drift.is_none()
                && !there.withdrawn.contains_key(&current.release)
                && !has_bad_evidence(state, &environment.name, &current.release);
            earns.then(|| (environment.name.clone(), current.release.clone()))
        })
        .collect()
}
