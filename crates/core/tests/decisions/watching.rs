//! Looking at the world, as the engine does while it watches.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::decide::{IncidentAnswer, Seen, answer_to_incident};
use liftlock_core::drift::{images, recorded};
use liftlock_core::observed::Observed;
use liftlock_core::promotion::Kind;
use liftlock_core::{Actor, Command, Event, Refusal};
use liftlock_oci::PinnedRef;

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
