//! Soak, as a bystander counts it: who stands is given the time that passes, and who is spoilt loses
//! all. Where someone has to look, a look is good for three of the shortest intervals.

use std::collections::BTreeMap;

use liftlock_core::watching::{Observation, Stretch};
use liftlock_core::{EnvironmentName, ReleaseName, Span, Time};

use super::book::Book;

/// Everything that was observed, by environment, with its number.
pub(crate) type Seen = BTreeMap<String, Vec<(u64, Observation)>>;

/// Who stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stands {
    /// Since when, or when someone is known to have looked last.
    mark: Time,
    /// How long a look is good for; for ever where nobody has to look.
    good_for: Option<Span>,
}

impl Stands {
    pub(super) fn until(&self, now: Time) -> Span {
        let passed = now.since(self.mark);
        self.good_for
            .map_or(passed, |good_for| passed.min(good_for))
    }
}

/// What is summed is what was observed, and goes on from what was summed before.
pub(super) fn entry(book: &Book, stretch: &Stretch, at: Time, seen: &Seen) -> Result<(), String> {
    let key = (stretch.environment.clone(), stretch.release.clone());
    let stands = book.standing.get(&key).ok_or("it does not stand")?;
    let good_for = stands.good_for.ok_or("nobody has to look there")?;
    let all = seen.get(stretch.environment.as_str());
    let all = all.ok_or("nothing was observed there")?;
    let numbers = stretch.first..stretch.first.saturating_add(stretch.count);
    let summed = all.iter().filter(|(n, _)| numbers.contains(n));
    let known = book.summed.get(&stretch.environment).copied();
    let here = book.place(&stretch.environment).current.as_ref();
    let times = times(stretch, stands.mark, summed.clone());
    let counted = counted(stands.mark, good_for, &times);
    let wrong = [
        (
            summed.count() as u64 != stretch.count,
            "its observations are not all there",
        ),
        (known >= Some(stretch.first), "some were summed before"),
        (
            here.is_none_or(|here| here.by != stretch.promotion),
            "it came by another promotion",
        ),
        (
            stretch.since != stands.mark,
            "it does not go on where someone looked last",
        ),
        (stretch.until > at, "it ends in the future"),
        (
            times.last() != Some(&stretch.until),
            "it ends with none of them",
        ),
        (
            stretch.counted() != counted,
            "more or less time counts than was looked at",
        ),
    ];
    match wrong.into_iter().find(|(wrong, _)| *wrong) {
        Some((_, why)) => Err(format!(
            "{} is said to have been watched in {}, and {why}",
            stretch.release, stretch.environment
        )),
        None => Ok(()),
    }
}

fn times<'a>(
    stretch: &Stretch,
    from: Time,
    summed: impl Iterator<Item = &'a (u64, Observation)>,
) -> Vec<Time> {
    let promotion = stretch.promotion.to_string();
    let good = summed.filter(|(_, seen)| seen.passed && seen.promotion == promotion);
    let times = good.map(|(_, seen)| Time::from_us(seen.at_us));
    let mut times: Vec<Time> = times
        .filter(|at| *at > from && *at <= stretch.until)
        .collect();
    times.sort();
    times
}

fn counted(mut mark: Time, good_for: Span, times: &[Time]) -> Span {
    let mut counted = Span::ZERO;
    for at in times {
        counted = counted + at.since(mark).min(good_for);
        mark = *at;
    }
    counted
}

impl Book {
    /// What was observed counts, as [`entry`] has found it.
    pub(super) fn look(&mut self, stretch: &Stretch) {
        let (environment, release) = (stretch.environment.clone(), stretch.release.clone());
        let last = stretch.first + stretch.count - 1;
        self.summed.insert(environment.clone(), last);
        let key = (environment, release);
        if let Some(stands) = self.standing.get_mut(&key) {
            stands.mark = stretch.until;
            let earned = self.soaked.entry(key).or_default();
            *earned = *earned + stretch.counted();
        }
    }

    /// After an entry: who stands no more keeps what was earned, and who does begins to earn.
    pub(super) fn stand(&mut self, now: Time) {
        let places = self.places.iter();
        let standing: BTreeMap<_, _> = places
            .filter_map(|(environment, place)| {
                let here = place.current.as_ref().filter(|here| here.verified)?;
                let spoilt = self.is_spoilt(environment, &here.release);
                let key = (environment.clone(), here.release.clone());
                let good_for = self.good_for(&key);
                (!spoilt).then_some((key, good_for))
            })
            .collect();
        for key in self.standing.clone().into_keys() {
            let goes_on = standing.get(&key).is_some_and(|good_for| {
                good_for.is_some() == self.standing[&key].good_for.is_some()
            });
            if !goes_on && let Some(stood) = self.standing.remove(&key) {
                let earned = self.soaked.entry(key).or_default();
                *earned = *earned + stood.until(now);
            }
        }
        for (key, good_for) in standing {
            let new = Stands {
                mark: now,
                good_for,
            };
            self.standing.entry(key).or_insert(new).good_for = good_for;
        }
    }

    /// Where the policy has the environment no more, as before.
    fn good_for(&self, key: &(EnvironmentName, ReleaseName)) -> Option<Span> {
        let policy = self.policy.as_ref();
        match policy.and_then(|policy| policy.environment(&key.0)) {
            Some(environment) => {
                let every = environment.checks.iter().filter_map(|check| check.every);
                every.min().map(|every| every + every + every)
            }
            None => self.standing.get(key).and_then(|stands| stands.good_for),
        }
    }

    /// Whoever is spoilt has earned nothing.
    pub(super) fn spoil(&mut self) {
        let keys = self.soaked.keys();
        let spoilt = keys.filter(|(environment, release)| self.is_spoilt(environment, release));
        let spoilt: Vec<_> = spoilt.cloned().collect();
        for key in spoilt {
            self.soaked.remove(&key);
        }
    }

    fn is_spoilt(&self, environment: &EnvironmentName, release: &ReleaseName) -> bool {
        let place = self.place(environment);
        let mut current = place.current.iter();
        let trouble = place.incident || place.drift.is_some();
        let incident = trouble && current.any(|here| here.release == *release);
        incident
            || place.withdrawn.contains_key(release)
            || self.is_spoken_against(environment, release)
    }
}
