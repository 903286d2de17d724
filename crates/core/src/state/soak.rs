//! Soak: time as current and verified, without an incident (semantics, "Soak").

use serde::{Deserialize, Serialize};

use super::Kept;
use crate::{EnvironmentName, ReleaseName, Span, State, Subject, Time, gates};

/// What a release has earned in an environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoakClock {
    /// What it earned before `since`.
    pub earned: Span,
    /// Since when it is running; `None` while it stands still.
    pub since: Option<Time>,
}

impl SoakClock {
    /// What is earned by `now`.
    pub fn total(&self, now: Time) -> Span {
        self.since
            .map_or(self.earned, |since| self.earned + now.since(since))
    }

    fn pause(&mut self, now: Time) {
        self.earned = self.total(now);
        self.since = None;
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
            if clock.since.is_none() {
                clock.since = Some(now);
                environment.soak.put(release.clone(), clock);
            }
            environment.running = Some(release);
        }
    }
}
