//! Whether a release stands in an environment: verified there, and nothing against it since.

use liftlock_core::{EnvironmentName, ReleaseName};

use super::book::Book;

impl Book {
    /// Whether it was verified there and not withdrawn since, and no evidence speaks against it.
    pub(super) fn is_known_good(
        &self,
        environment: &EnvironmentName,
        release: &ReleaseName,
    ) -> bool {
        let place = self.place(environment);
        place.verified.iter().any(|(name, _)| name == release)
            && !place.withdrawn.contains_key(release)
            && !self.is_spoken_against(environment, release)
    }

    /// Whether it may go further: known-good, and no incident where it is current.
    pub(crate) fn stands(&self, environment: &EnvironmentName, release: &ReleaseName) -> bool {
        let place = self.place(environment);
        let mut current = place.current.iter();
        let incident = place.incident && current.any(|here| here.release == *release);
        !incident && self.is_known_good(environment, release)
    }

    /// Whether it is there, and something was wrong the last time that all was looked at.
    pub(super) fn is_shaken(&self, environment: &EnvironmentName, release: &ReleaseName) -> bool {
        let place = self.place(environment);
        let mut current = place.current.iter();
        current.any(|here| here.release == *release && (here.shaken || place.drift.is_some()))
    }
}
