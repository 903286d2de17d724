//! Soak, as a bystander counts it: with every entry the time since the one before is given to who
//! stood then, and who is spoilt by it loses all.

use liftlock_core::{EnvironmentName, ReleaseName, Time};

use super::book::Book;

impl Book {
    /// Time passed until `now`: whoever stands earns it.
    pub(super) fn earn(&mut self, now: Time) {
        let passed = now.since(self.last);
        let earning: Vec<(EnvironmentName, ReleaseName)> = self
            .places
            .iter()
            .filter_map(|(environment, place)| {
                let here = place.current.as_ref().filter(|here| here.verified)?;
                let spoilt = self.is_spoilt(environment, &here.release);
                (!spoilt).then(|| (environment.clone(), here.release.clone()))
            })
            .collect();
        for key in earning {
            let earned = self.soaked.entry(key).or_default();
            *earned = *earned + passed;
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
