//! The releases that were verified in an environment, in that order.

use serde::{Deserialize, Serialize};

use super::Standing;
use super::kept::Kept;
use crate::ReleaseName;

/// Each release once; one that is verified again moves last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standings {
    order: Kept<u64, Standing>,
    places: Kept<ReleaseName, u64>,
}

impl Standings {
    /// The standing of a release.
    pub fn get(&self, release: &ReleaseName) -> Option<&Standing> {
        self.order.get(self.places.get(release)?)
    }

    /// The one that was verified last.
    pub fn last(&self) -> Option<&Standing> {
        self.iter().next_back()
    }

    /// All of them, the one that was verified last at the end.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Standing> + ExactSizeIterator {
        self.order.values()
    }

    pub(super) fn push(&mut self, standing: Standing) {
        let last = self.order.keys().next_back();
        let place = last.map_or(0, |last| last + 1);
        if let Some(before) = self.places.get(&standing.release) {
            self.order.remove(before);
        }
        self.places.insert(standing.release.clone(), place);
        self.order.insert(place, standing);
    }
}
