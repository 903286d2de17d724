//! The releases that were verified in an environment, in that order.

use super::Standing;
use super::kept::Kept;
use crate::ReleaseName;

/// Each release once; one that is verified again moves last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standings(pub(super) Kept<ReleaseName, Standing>);

impl Standings {
    /// The standing of a release.
    pub fn get(&self, release: &ReleaseName) -> Option<&Standing> {
        self.0.get(release)
    }

    /// The one that was verified last.
    pub fn last(&self) -> Option<&Standing> {
        self.iter().next_back()
    }

    /// All of them, the one that was verified last at the end.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Standing> {
        self.0.in_order().map(|(_, standing)| standing)
    }

    /// The one of these releases that was verified last.
    pub fn last_of<'a>(
        &self,
        releases: impl Iterator<Item = &'a ReleaseName>,
    ) -> Option<&Standing> {
        let places = releases.filter_map(|release| self.0.place(release));
        self.0.at(places.max()?).map(|(_, standing)| standing)
    }

    pub(super) fn push(&mut self, standing: Standing) {
        self.0.put_last(standing.release.clone(), standing);
    }
}
