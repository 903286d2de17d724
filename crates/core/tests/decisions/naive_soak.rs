//! Soak, counted as a bystander would: whoever stands is given the time that passes; where checks
//! have an interval, only as far as someone is known to have looked.

use std::collections::BTreeMap;

use liftlock_core::policy::Environment;
use liftlock_core::{EnvironmentName, Event, ReleaseName, Span, State, Time};

use crate::naive::has_bad_evidence;
use crate::world::World;

type Key = (EnvironmentName, ReleaseName);

/// What each release has earned where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Soaked {
    earned: BTreeMap<Key, Span>,
    running: BTreeMap<Key, Running>,
}

/// Who stands.
#[derive(Debug, Clone, Copy)]
struct Running {
    /// Since when, or when someone last looked.
    mark: Time,
    /// How long a look is good for; for ever where nobody is expected to look.
    good_for: Option<Span>,
}

impl Running {
    fn until(&self, now: Time) -> Span {
        let passed = now.since(self.mark);
        self.good_for
            .map_or(passed, |good_for| passed.min(good_for))
    }
}

impl Soaked {
    /// What is earned by an instant.
    pub(crate) fn at(&self, now: Time) -> BTreeMap<Key, Span> {
        let mut all = self.earned.clone();
        for (key, running) in &self.running {
            let earned = all.entry(key.clone()).or_default();
            *earned = *earned + running.until(now);
        }
        all
    }

    fn settle(&mut self, key: &Key, now: Time) {
        if let Some(running) = self.running.remove(key) {
            let earned = self.earned.entry(key.clone()).or_default();
            *earned = *earned + running.until(now);
        }
    }
}

/// Something happened: whoever is spoilt by it has nothing any more.
pub(crate) fn after_event(world: &mut World) {
    let now = world.state.last_time;
    let state = world.state.clone();
    let earning = earning(&state, &world.soaked);
    for key in world.soaked.running.clone().into_keys() {
        let another_way = |good_for: &Option<Span>| {
            good_for.is_some() != world.soaked.running[&key].good_for.is_some()
        };
        if earning.get(&key).is_none_or(another_way) {
            world.soaked.settle(&key, now);
        }
    }
    for (key, good_for) in earning {
        let fresh = Running {
            mark: now,
            good_for,
        };
        let running = world.soaked.running.entry(key).or_insert(fresh);
        running.good_for = good_for;
    }
    look(world);
    spoil(world, &state);
    // The world's clock may be behind what is recorded; then no time has passed.
    for now in [now, now.max(world.clock), now + Span::from_secs(3600)] {
        let counted = world.soaked.at(now);
        for name in state.environments.keys() {
            for release in state.releases.keys() {
                let clock = state.environment(name).soak.get(release);
                let clock = clock.copied().unwrap_or_default();
                let earned = counted.get(&(name.clone(), release.clone()));
                let earned = earned.copied().unwrap_or_default();
                assert_eq!(clock.total(now), earned, "the soak of {release} in {name}");
            }
        }
    }
}

/// What was summed is counted from what the world has seen, one observation after the other.
fn look(world: &mut World) {
    let entry = world.entries.last().unwrap().clone();
    let Event::Watched(stretch) = &entry.event else {
        return;
    };
    let all = &world.observations[&stretch.environment];
    let numbers = stretch.first..stretch.first + stretch.count;
    let summed = all.iter().filter(|(n, _)| numbers.contains(n));
    assert_eq!(summed.clone().count() as u64, stretch.count);
    let own =
        summed.filter(|(_, seen)| seen.passed && seen.promotion == stretch.promotion.to_string());
    let mut times: Vec<Time> = own.map(|(_, seen)| Time::from_us(seen.at_us)).collect();
    times.sort();
    let key = (stretch.environment.clone(), stretch.release.clone());
    let running = world.soaked.running.get_mut(&key).unwrap();
    let good_for = running.good_for.unwrap();
    let mut counted = Span::ZERO;
    for at in times.into_iter().filter(|at| *at <= entry.time) {
        counted = counted + at.since(running.mark).min(good_for);
        running.mark = running.mark.max(at);
    }
    assert_eq!(running.mark, stretch.until);
    let earned = world.soaked.earned.entry(key).or_default();
    *earned = *earned + counted;
}

fn spoil(world: &mut World, state: &State) {
    for name in state.environments.keys() {
        let there = state.environment(name);
        for release in state.releases.keys() {
            let mut current = there.current.iter();
            let is_current = current.any(|c| c.release == *release);
            let spoilt = there.withdrawn.contains_key(release)
                || (is_current && (there.incident.is_some() || there.drift.is_some()))
                || has_bad_evidence(state, name, release);
            if spoilt {
                world.soaked.earned.remove(&(name.clone(), release.clone()));
            }
        }
    }
}

/// Who earns, and how long a look is good for there: as before, where the policy has the environment
/// no more.
fn earning(state: &State, before: &Soaked) -> BTreeMap<Key, Option<Span>> {
    let Ok(policy) = state.policy() else {
        return BTreeMap::new();
    };
    let earning = state.environments.iter().filter_map(|(name, there)| {
        let current = there.current.as_ref()?;
        let earns = current.verified
            && there.incident.is_none()
            && there.drift.is_none()
            && !there.withdrawn.contains_key(&current.release)
            && !has_bad_evidence(state, name, &current.release);
        let key = (name.clone(), current.release.clone());
        let known = before.running.get(&key);
        let good_for = match policy.environment(name) {
            Some(environment) => good_for(environment),
            None => known.and_then(|known| known.good_for),
        };
        earns.then_some((key, good_for))
    });
    earning.collect()
}

/// Three of the shortest intervals.
fn good_for(environment: &Environment) -> Option<Span> {
    environment.gap_max?;
    let every = environment.checks.iter().filter_map(|check| check.every);
    let shortest = every.min()?;
    Some(shortest + shortest + shortest)
}
