//! Looking at the world, as the engine does while it watches.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::decide::{IncidentAnswer, Seen, answer_to_incident};
use liftlock_core::drift::{images, recorded};
use liftlock_core::observed::Observed;
use liftlock_core::promotion::Kind;
use liftlock_core::watching::{self, Observation, Stretch};
use liftlock_core::{Actor, Command, Event, Refusal, Span, Time};
use liftlock_oci::PinnedRef;

use crate::actors::token;
use crate::build::is;
use crate::world::World;

impl World {
    /// Everything there is to see of an environment; all its checks pass, or none does.
    pub(crate) fn seen(&self, environment: &str, well: bool) -> Seen {
        let environment = self.state.policy().unwrap().require(&is(environment));
        let environment = environment.unwrap();
        let tags = recorded(&self.state, environment).into_iter();
        let tags = tags.map(|(repository, tag, _)| (repository, tag));
        let running = self.running.get(&environment.name).into_iter().flatten();
        let checks = environment.checks.iter().filter(|_| well);
        Seen {
            from: self.state.version,
            observed: Observed {
                tags: tags
                    .map(|place| (place.clone(), self.tags.get(&place).copied()))
                    .collect(),
                present: images(&self.state, environment)
                    .into_iter()
                    .map(|image: PinnedRef| (image.clone(), self.has(&image)))
                    .collect(),
                running: running
                    .filter(|_| environment.deploy.is_some())
                    .map(|(key, digest)| (key.clone(), vec![*digest]))
                    .collect(),
                ..Observed::default()
            },
            partly: false,
            passed: checks
                .map(|check| check.name.clone())
                .collect::<BTreeSet<_>>(),
            failed: BTreeMap::new(),
        }
    }

    /// A check of what is current has ended now, well or not.
    pub(crate) fn observes(&mut self, environment: &str, passed: bool) {
        self.observes_at(environment, passed, self.clock);
    }

    /// The same, by a clock that says this.
    pub(crate) fn observes_at(&mut self, environment: &str, passed: bool, at: Time) {
        let environment = is(environment);
        let Some(current) = &self.state.environment(&environment).current else {
            return;
        };
        let seen = Observation {
            environment: environment.to_string(),
            promotion: current.promotion.to_string(),
            check: "health".to_owned(),
            at_us: at.us(),
            passed,
            summary: if passed { "200 OK" } else { "no answer" }.to_owned(),
        };
        let known = self.observations.entry(environment).or_default();
        known.push((known.len() as u64 + 1, seen));
    }

    /// What was observed and is not summed yet.
    pub(crate) fn stretch(&self, environment: &str) -> Option<Stretch> {
        let environment = is(environment);
        let open = watching::open(&self.state, &environment)?;
        let all = self.observations.get(&environment)?.iter();
        let new = all.skip_while(|(n, seen)| *n <= open.after || seen.at_us <= open.since.us());
        let new: Vec<_> = new.cloned().collect();
        let now = self.state.stamp(self.clock).ok()?;
        watching::stretch(&self.state, &environment, &new, now)
    }

    /// Sums it.
    pub(crate) fn sums(&mut self, environment: &str, by: &Actor) -> Noted {
        match self.stretch(environment) {
            Some(stretch) => self.run(&Command::NoteWatched(stretch), by),
            None => Ok(Vec::new()),
        }
    }

    /// Someone watches for a while: a check every so often, and a sum at the end.
    pub(crate) fn watches(&mut self, environment: &str, times: u32, every: Span) {
        for _ in 0..times {
            self.pass(every);
            self.observes(environment, true);
        }
        self.sums(environment, &token("ci")).unwrap();
    }

    pub(crate) fn note(&mut self, environment: &str, seen: Seen, by: &Actor) -> Noted {
        let environment = is(environment);
        self.go(&Command::NoteDrift { environment, seen }, by)
    }

    /// Looks, and runs the checks, which pass.
    pub(crate) fn look_at(&mut self, environment: &str, by: &Actor) -> Noted {
        let seen = self.seen(environment, true);
        self.note(environment, seen, by)
    }

    /// Looks, and the checks fail.
    pub(crate) fn fails(&mut self, environment: &str, by: &Actor) -> Noted {
        let mut seen = self.seen(environment, true);
        let failed = std::mem::take(&mut seen.passed).into_iter();
        seen.failed = failed
            .map(|check| (check, "no answer".to_owned()))
            .collect();
        self.note(environment, seen, by)
    }

    /// Returns because of the incident that is open, where that follows.
    pub(crate) fn returns(&mut self, environment: &str, by: &Actor) -> Noted {
        let answer = answer_to_incident(&self.state, &is(environment));
        let IncidentAnswer::Return { release, kind, .. } = answer else {
            return Ok(Vec::new());
        };
        let observed = self.observe(release.as_str(), environment, kind);
        let environment = is(environment);
        let command = Command::Return {
            environment,
            observed,
        };
        self.go(&command, by)
    }

    pub(crate) fn repair(&mut self, environment: &str, by: &Actor) -> Noted {
        let there = self.state.environment(&is(environment));
        let Some(release) = there.current.as_ref().map(|c| c.release.to_string()) else {
            return Ok(Vec::new());
        };
        let kind = Kind::Rollback {
            from: None,
            cause: None,
            reason: "drift".to_owned(),
        };
        let observed = self.observe(&release, environment, kind);
        let environment = is(environment);
        let command = Command::Repair {
            environment,
            observed,
        };
        self.go(&command, by)
    }
}

/// What was recorded.
pub(crate) type Noted = Result<Vec<Event>, Refusal>;
