//! Looking at the world, as the engine does while it watches.

use std::collections::BTreeSet;

use liftlock_core::decide::Seen;
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
