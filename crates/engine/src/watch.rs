//! Watching: the checks of what is current are run again when they are due, and what is there is
//! looked at. Only what changes is recorded as an event; the rest are observations.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use liftlock_core::policy::{Check, Environment};
use liftlock_core::state::Current;
use liftlock_core::{EnvironmentName, Span, State, Time};

use crate::ports::{
    CheckRequest, Clock, Delivery, OBSERVATION_CHARS_MAX, Observation, Registries, Store,
};
use crate::{Engine, EngineError, Looked};

/// How soon a check is run again that only has to pass for a release to be verified again.
const AGAIN: Span = Span::from_secs(60);

/// An environment that was watched.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// The checks that were due.
    pub observations: Vec<Observation>,
    /// What was seen of tags and of what runs; `None` where nothing is there, or where a promotion
    /// is being carried out.
    pub looked: Option<Looked>,
    /// When the next check is due.
    pub next: Option<Time>,
}

/// A check, and when it is to be run.
struct Due<'a> {
    check: &'a Check,
    at: Time,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Runs the checks that are due in an environment, looks whether everything is as it was
    /// recorded, and records what has changed.
    pub async fn watch(&self, name: &EnvironmentName) -> Result<Watched, EngineError> {
        let state = self.state().await?;
        let environment = state.policy()?.require(name)?;
        let Some(current) = &state.environment(name).current else {
            return Ok(Watched::default());
        };
        if state.has_changed(name, state.version) {
            return Ok(Watched::default());
        }
        let last = self.last_observations(name, current).await?;
        let now = state.stamp(self.now())?;
        let (due, later): (Vec<_>, Vec<_>) = times(&state, environment, current, &last)
            .into_iter()
            .partition(|due| due.at <= now);
        let mut next: BTreeSet<Time> = later.iter().map(|later| later.at).collect();
        let observations = self
            .observe_checks(&state, environment, current, &due)
            .await?;
        let ended = self.now();
        next.extend(due.iter().filter_map(|due| Some(ended + due.check.every?)));
        let passed = observations.iter().filter(|o| o.passed);
        let failed = observations.iter().filter(|o| !o.passed);
        let checks = (
            passed.filter_map(|o| o.check.parse().ok()).collect(),
            failed
                .filter_map(|o| Some((o.check.parse().ok()?, o.summary.clone())))
                .collect::<BTreeMap<_, _>>(),
        );
        let looked = self.note_seen(&state, name, checks, false).await?;
        Ok(Watched {
            observations,
            looked,
            next: next.first().copied(),
        })
    }

    /// The last observation of each check of what is current.
    pub async fn last_observations(
        &self,
        environment: &EnvironmentName,
        current: &Current,
    ) -> Result<Vec<Observation>, EngineError> {
        let stream = self.pipeline.as_str();
        let last = self.store.last_observations(stream, environment.as_str());
        let mut last = last.await?;
        let promotion = current.promotion.to_string();
        last.retain(|seen| seen.promotion == promotion);
        Ok(last)
    }

    async fn observe_checks(
        &self,
        state: &State,
        environment: &Environment,
        current: &Current,
        due: &[Due<'_>],
    ) -> Result<Vec<Observation>, EngineError> {
        let (name, promotion) = (&environment.name, current.promotion);
        let context = self.current_context(state, name, &current.release, promotion);
        let policy = state.policy()?;
        let run = due.iter().map(|due| {
            let request = CheckRequest {
                context: context.clone(),
                name: due.check.name.to_string(),
                kind: due.check.kind.clone(),
                files: policy.digests(due.check.kind.files()),
            };
            async move { (due.check, self.delivery.check(&request).await, self.now()) }
        });
        let mut observations = Vec::new();
        for (check, outcome, at) in join_all(run).await {
            let observation = Observation {
                environment: name.to_string(),
                promotion: promotion.to_string(),
                check: check.name.to_string(),
                at_us: at.us(),
                passed: outcome.passed,
                summary: outcome
                    .summary
                    .chars()
                    .take(OBSERVATION_CHARS_MAX)
                    .collect(),
            };
            let stream = self.pipeline.as_str();
            self.store.put_observation(stream, &observation).await?;
            observations.push(observation);
        }
        Ok(observations)
    }
}

/// When each check of what is current is to be run next: those with an interval, and, where that
/// is all that is missing for it to be verified again, the others too.
fn times<'a>(
    state: &State,
    environment: &'a Environment,
    current: &Current,
    last: &[Observation],
) -> Vec<Due<'a>> {
    let there = state.environment(&environment.name);
    let incident = there.incident.as_ref().and_then(|i| i.check.as_ref());
    let all = state.wants_look(&environment.name);
    let promotion = state.promotions.get(&current.promotion);
    let arrived = promotion.and_then(|promotion| promotion.ended_at);
    let arrived = arrived.unwrap_or(current.since);
    let checks = environment.checks.iter().filter_map(|check| {
        let wanted = all || incident == Some(&check.name);
        let every = match (check.every, wanted) {
            (Some(every), true) => every.min(AGAIN),
            (every, false) => every?,
            (None, true) => AGAIN,
        };
        let seen = last.iter().find(|seen| seen.check == check.name.as_str());
        let at = match seen {
            Some(seen) => Time::from_us(seen.at_us) + every,
            None if wanted => arrived,
            None => arrived + every,
        };
        Some(Due { check, at })
    });
    checks.collect()
}
