//! What goes wrong, and when: by promotion and step, so that a crash does not shift it.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::PromotionId;

/// A place in the carrying out of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) promotion: PromotionId,
    pub(crate) reverting: bool,
    pub(crate) step: u32,
}

/// Where a process dies, as seen from a step's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// Committed, or the step before recorded, and nothing more.
    Before,
    /// The step's intent is journaled, and nothing done.
    Started,
    /// Of a copy: the first repository has the content, and nothing says so there.
    Half,
    /// Done, and not recorded.
    Done,
}

/// Deterministic faults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Seeds faults for places that are not listed; 0: none.
    pub(crate) seed: u64,
    /// Places where something goes wrong for certain.
    pub(crate) listed: BTreeSet<Place>,
    /// Whether what goes wrong with a tag is that someone else is faster. A race has its own
    /// memory: deciding again after a crash sees where the tag is then, and so ends otherwise.
    pub(crate) races: bool,
    /// Where the process dies, once each.
    pub(crate) crashes: BTreeSet<(Place, Moment)>,
    /// How often each place was tried; the world's memory, not the process's.
    pub(crate) tried: BTreeMap<Place, u32>,
}

impl Faults {
    /// Whether something goes wrong at a place: the same answer however often it is asked, except
    /// that a place which has `tries` gives in after them.
    pub(crate) fn strikes(&mut self, place: Place, tries: Option<u32>) -> bool {
        let count = self.tried.entry(place).or_default();
        *count += 1;
        if tries.is_some_and(|tries| *count > tries) {
            return false;
        }
        self.listed.contains(&place) || self.is_seeded(place)
    }

    fn is_seeded(&self, place: Place) -> bool {
        if self.seed == 0 {
            return false;
        }
        let mut mixed = self.seed ^ (place.promotion.0 << 32) ^ (u64::from(place.step) << 8);
        mixed ^= u64::from(place.reverting) << 63;
        // SplitMix64's finaliser.
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).is_multiple_of(10)
    }

    /// Whether the process dies here, which it does once.
    pub(crate) fn dies(&mut self, place: Place, moment: Moment) -> bool {
        self.crashes.remove(&(place, moment))
    }
}
