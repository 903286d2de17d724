//! Soak: time as current and verified, without an incident (semantics, "Soak").

use crate::{EnvironmentName, Release, Span, State, Subject, Time, gates};

/// What a release has earned in an environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
        self.refresh_soak_of(now, |release| release.has(subject));
    }

    /// Another policy came into force, by which other evidence may speak against a release, or
    /// does not any more.
    pub(super) fn rejudge_all_soak(&mut self, now: Time) {
        self.refresh_soak_of(now, |_| true);
    }

    fn refresh_soak_of(&mut self, now: Time, concerns: impl Fn(&Release) -> bool) {
        let names: Vec<_> = self.environments.keys().cloned().collect();
        for name in names {
            self.refresh_soak(&name, now);
            let soaking = self.environment(&name).soak.keys();
            let spoiled: Vec<_> = soaking
                .filter(|release| {
                    let about = self.releases.get(*release).is_some_and(&concerns);
                    about && gates::evidence_against(self, &name, release, None).is_some()
                })
                .cloned()
                .collect();
            if let Some(environment) = self.environments.get_mut(&name) {
                environment
                    .soak
                    .retain(|release, _| !spoiled.contains(release));
            }
        }
    }

    /// Brings the clocks of an environment up to date after something happened there: the current
    /// release's runs while it is verified, no incident is open and none of the environment's own
    /// evidence speaks against it; every other one's stands still; and whatever speaks against a
    /// release puts its clock to zero.
    pub(super) fn refresh_soak(&mut self, name: &EnvironmentName, now: Time) {
        let Some(environment) = self.environments.get(name) else {
            return;
        };
        let mut running = None;
        let mut spoiled = Vec::new();
        if let Some(current) = &environment.current {
            let blocked = gates::evidence_against(self, name, &current.release, None).is_some();
            let incident = environment.incident.is_some();
            if current.verified && !blocked && !incident {
                running = Some(current.release.clone());
            }
            if blocked || incident {
                spoiled.push(current.release.clone());
            }
        }
        spoiled.extend(environment.withdrawn.keys().cloned());
        let Some(environment) = self.environments.get_mut(name) else {
            return;
        };
        for (release, clock) in &mut environment.soak {
            if Some(release) != running.as_ref() {
                clock.pause(now);
            }
        }
        for release in spoiled {
            environment.soak.remove(&release);
        }
        if let Some(release) = running {
            let clock = environment.soak.entry(release).or_default();
            clock.since.get_or_insert(now);
        }
    }
}
