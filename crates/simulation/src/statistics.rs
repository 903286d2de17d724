//! What a run came by: that the interesting states are reached is part of the test.

use std::collections::BTreeMap;
use std::fmt;

use crate::faults::Fault;
use crate::time::DAY;

/// What many worlds must come by, beside each kind of fault.
const REACHED: [&str; 80] = [
    "event: approval-given",
    "event: approval-withdrawn",
    "event: drift-resolved",
    "event: drift-seen",
    "event: evidence-added",
    "event: evidence-revoked",
    "event: freeze-started",
    "event: freeze-ended",
    "event: hold-started",
    "event: hold-ended",
    "promotion: automatic",
    "event: incident-opened",
    "event: incident-resolved",
    "event: verified-again",
    "incident: a watched check",
    "event: override-requested",
    "event: override-confirmed",
    "event: override-reviewed",
    "event: policy-adopted",
    "event: promotion-committed",
    "event: promotion-reopened",
    "event: release-created",
    "event: reversal-started",
    "event: step-failed",
    "outcome: cancelled",
    "outcome: expired",
    "outcome: failed",
    "outcome: nothing-to-return-to",
    "outcome: rejected",
    "outcome: rolled-back",
    "outcome: succeeded",
    "outcome: superseded",
    "evidence: signed",
    "evidence: statements",
    "commit: in spite of a gate",
    "crook: Several",
    "crook: Machines",
    "crook: Withdrawn",
    "crook: Late",
    "crook: Alone",
    "crook: Expired",
    "crook: Unsigned",
    "crook: Replaced",
    "crook: Poor",
    "key: signed with",
    "message: twice",
    "rollback: automatic",
    "rollback: by hand",
    "rollback: repair",
    "check: passed",
    "check: failed",
    "clock: a little ahead",
    "clock: a little behind",
    "clock: far ahead",
    "clock: far behind",
    "clock: refused",
    "crew: brought through",
    "machines: left-behind program ended",
    "machines: program ended with its lease",
    "lease: given up",
    "replica: cut off",
    "replica: killed",
    "replica: paused",
    "replica: carried on",
    "world: replicas",
    "nature: clean-up",
    "nature: image lost",
    "nature: registry down",
    "registry: asked while down",
    "registry: cannot delete a tag alone",
    "registry: immutable tag",
    "registry: tag written",
    "store: began with a snapshot",
    "store: conflict",
    "store: lease held by another",
    "stranger: deploys by hand",
    "stranger: writes a tag",
    "world: on SQLite",
    "world: several pipelines",
    "world: without faults",
];

/// Counts by what was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    counts: BTreeMap<String, u64>,
    virtual_us: i64,
}

impl Statistics {
    pub(crate) fn count(&mut self, what: &str) {
        match self.counts.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(what.to_owned(), 1);
            }
        }
    }

    pub(crate) fn lived(&mut self, us: i64) {
        self.virtual_us += us;
    }

    /// How often something was counted.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// The virtual time that passed, in years of 365 days.
    pub fn years(&self) -> f64 {
        self.virtual_us as f64 / (365 * DAY) as f64
    }

    /// Adds what another run came by.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
        self.virtual_us += other.virtual_us;
    }

    /// What many worlds must come by, and these did not.
    pub fn unreached(&self) -> Vec<&'static str> {
        let faults = Fault::ALL.into_iter().map(Fault::name);
        faults
            .chain(REACHED)
            .filter(|what| self.of(what) == 0)
            .collect()
    }

    /// Everything that was counted, by name.
    pub fn counts(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts
            .iter()
            .map(|(what, count)| (what.as_str(), *count))
    }
}

impl fmt::Display for Statistics {
    /// The line that says the most.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starting = |start: &str| -> u64 {
            let counts = self.counts.iter();
            counts
                .filter(|(what, _)| what.starts_with(start))
                .map(|(_, count)| count)
                .sum()
        };
        write!(
            f,
            "{:.1} virtual years, {} commands, {} events, {} promotions, {} commits, {} succeeded, {} rolled back, {} faults, {} crashes",
            self.years(),
            starting("command: "),
            starting("event: "),
            self.of("event: promotion-requested"),
            self.of("event: promotion-committed"),
            self.of("outcome: succeeded"),
            self.of("outcome: rolled-back"),
            starting("fault: "),
            self.of(Fault::Crash.name()),
        )
    }
}
