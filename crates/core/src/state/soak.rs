//! Soak: time as current and verified, without an incident (semantics, "Soak").

use serde::{Deserialize, Serialize};

use super::Kept;
use crate::watching::Stretch;
use crate::{EnvironmentName, ReleaseName, Span, State, Subject, Time, gates};

/// What a release has earned in an environment.
///
/// Where the environment's checks have an interval, time counts as far as someone looked: what was
/// observed is summed up to `since`, and from there no more than `gap_max` counts until the next
/// sum. Where none has one, time counts as it passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoakClock {
    /// What it earned before `since`.
    pub earned: Span,
    /// Since when it is running, or was last seen; `None` while it stands still.
    pub since: Option<Time>,
    /// How much may count after `since`, as the policy has it in force; `None`: all.
    pub gap_max: Option<Span>,
}

impl SoakClock {
    /// What is earned by `now`.
    pub fn total(&self, now: Time) -> Span {
        let Some(since) = self.since else {
            return self.earned;
        };
        let open = now.since(since);
        self.earned + self.gap_max.map_or(open, |gap_max| open.min(gap_max))
    }

    /// The instant from which on time does not count any more, unless someone looks before.
    pub fn stands_from(&self) -> Option<Time> {
        Some(self.since? + self.gap_max?)
    }

    fn pause(&mut self, now: Time) {
        self.earned = self.total(now);
        self.since = None;
    }

    /// Runs on, or from now on. Where time begins to count only as far as someone looks, or to
    /// count as it passes, that is so from now on; with another interval, the gap that is open is
    /// measured by that.
    fn run(&mut self, now: Time, gap_max: Option<Span>) {
        if self.since.is_none() || self.gap_max.is_some() != gap_max.is_some() {
            self.pause(now);
            self.since = Some(now);
        }
        self.gap_max = gap_max;
    }

    fn sum(&mut self, stretch: &Stretch) {
        self.earned = self.earned + stretch.counted();
        self.since = Some(stretch.until);
    }
}

impl State {
    /// Evidence came or went: every environment's clocks are brought up to date, and those of
    /// releases that it now speaks against are put to zero, also where they stood still.
    pub(super) fn refresh_all_soak(&mut self, subject: &Subject, now: Time) {
        let releases = self.releases_with(subject);
        self.refresh_soak_of(now, |soaking| {
            let about = releases.iter();
            about.filter(|r| soaking.contains_key(r)).cloned().collect()
        });
    }

    /// Another policy came into force, by which other evidence may speak against a release, or
    /// does not any more.
    pub(super) fn rejudge_all_soak(&mut self, now: Time) {
        self.refresh_soak_of(now, |soaking| soaking.keys().cloned().collect());
    }

    fn refresh_soak_of(
        &mut self,
        now: Time,
        concerned: impl Fn(&Kept<ReleaseName, SoakClock>) -> Vec<ReleaseName>,
    ) {
        let names: Vec<_> = self.environments.keys().cloned().collect();
        for name in names {
            self.refresh_soak(&name, now);
            let soaking = concerned(&self.environment(&name).soak);
            let speaks = |r: &&ReleaseName| gates::evidence_against(self, &name, r, None).is_some();
            let spoiled: Vec<_> = soaking.iter().filter(speaks).collect();
            if let Some(environment) = self.environments.get_mut(&name) {
                for release in spoiled {
                    environment.soak.remove(release);
                }
            }
        }
    }

    /// Brings the clocks of an environment up to date after something happened there: the current
    /// release's runs while it is verified, no incident is open, no drift is seen and none of the environment's own
    /// evidence speaks against it; every other one's stands still; and whatever speaks against a
    /// release puts its clock to zero.
    pub(super) fn refresh_soak(&mut self, name: &EnvironmentName, now: Time) {
        let Some(environment) = self.environments.get(name) else {
            return;
        };
        let mut running = None;
        let mut spoiled = None;
        if let Some(current) = &environment.current {
            let blocked = gates::evidence_against(self, name, &current.release, None).is_some();
            let trouble = environment.incident.is_some() || environment.drift.is_some();
            if current.verified && !blocked && !trouble {
                running = Some(current.release.clone());
            }
            if blocked || trouble {
                spoiled = Some(current.release.clone());
            }
        }
        let policy = self.adopted.as_ref().map(|adopted| &adopted.policy);
        let policy = policy.and_then(|policy| policy.environment(name));
        let gap_max = policy.map(|environment| environment.gap_max);
        let Some(environment) = self.environments.get_mut(name) else {
            return;
        };
        if let Some(ran) = environment
            .running
            .take()
            .filter(|ran| Some(ran) != running.as_ref())
            && let Some(clock) = environment.soak.get_mut(&ran)
        {
            clock.pause(now);
        }
        if let Some(release) = spoiled {
            environment.soak.remove(&release);
        }
        if let Some(release) = running {
            let known = environment.soak.get(&release);
            let mut clock = known.copied().unwrap_or_default();
            // Where the policy has the environment no more, it goes on as it did.
            clock.run(now, gap_max.unwrap_or(clock.gap_max));
            if known != Some(&clock) {
                environment.soak.put(release.clone(), clock);
            }
            environment.running = Some(release);
        }
    }

    /// What was observed, up to its last observation; nothing where the clock does not run.
    pub(crate) fn sum(&mut self, stretch: &Stretch) {
        let Some(environment) = self.environments.get_mut(&stretch.environment) else {
            return;
        };
        environment.summed = environment.summed.max(stretch.last());
        if let Some(clock) = environment.soak.get_mut(&stretch.release)
            && clock.since.is_some()
        {
            clock.sum(stretch);
        }
    }
}
