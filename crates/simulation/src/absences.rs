//! Who is away: cut off from the store, or paused.

use std::collections::BTreeMap;

use crate::random::Random;
use crate::time::SECOND;
use crate::world::{ProcessId, World};

/// How long a lease lasts that nobody renews, and how often it is renewed.
pub(crate) const LEASE_LASTS: i64 = 30 * SECOND;
const RENEWED_EVERY: i64 = 10 * SECOND;

/// So long before it expires its holder is not sure of it any more.
pub(crate) const UNSURE_BEFORE: i64 = 4 * SECOND;

/// Until when each is away, and whether it is paused.
#[derive(Debug, Default)]
pub(crate) struct Absences(BTreeMap<ProcessId, (i64, bool)>);

impl Absences {
    pub(crate) fn is_cut_off(&self, process: ProcessId) -> bool {
        self.0.contains_key(&process)
    }

    pub(crate) fn is_paused(&self, process: ProcessId) -> bool {
        self.0.get(&process).is_some_and(|(_, paused)| *paused)
    }

    /// When the next one is over.
    pub(crate) fn next_end(&self) -> Option<i64> {
        self.0.values().map(|(until, _)| *until).min()
    }

    /// Those whose absence is over.
    pub(crate) fn ended(&mut self, now: i64) -> Vec<ProcessId> {
        let ended = self.0.extract_if(.., |_, (until, _)| *until <= now);
        ended.map(|(process, _)| process).collect()
    }

    pub(crate) fn forget(&mut self, process: ProcessId) {
        self.0.remove(&process);
    }
}

impl World {
    /// A process is away for a time: its leases are not renewed meanwhile.
    pub(crate) fn send_away(
        &mut self,
        process: ProcessId,
        (us, paused): (i64, bool),
        random: &mut Random,
    ) {
        if self.absences.is_cut_off(process) {
            return;
        }
        self.absences.0.insert(process, (self.now + us, paused));
        let renewed = self.now - random.between(0, RENEWED_EVERY);
        self.records.go_away(process, renewed + LEASE_LASTS);
        self.statistics.count(match paused {
            true => "replica: paused",
            false => "replica: cut off",
        });
        let how = if paused { "paused" } else { "cut off" };
        self.tell(|| format!("[{process}] is {how} for {} s", us / SECOND));
    }
}
