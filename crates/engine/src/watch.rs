//! Watching: the checks of what is current are run again when they are due, and what is there is
//! looked at. Only what changes is recorded as an event; the rest are observations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use liftlock_core::policy::{Check, CheckKind, Environment};
use liftlock_core::state::Current;
use liftlock_core::{EnvironmentName, Span, State, Time};

use crate::drift::Recording;
use crate::ports::{
    CheckRequest, Clock, Delivery, Fence, OBSERVATION_CHARS_MAX, Observation, Registries, Store,
};
use crate::under::under;
use crate::{Engine, EngineError, Looked};

/// How soon a check is run again that only has to pass for a release to be verified again.
const AGAIN: Span = Span::from_secs(60);

/// When to come again where another process runs checks.
const ELSEWHERE: Span = Span::from_secs(5);

/// An environment that was watched.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// The checks that were due.
    pub observations: Vec<Observation>,
    /// What was seen of tags and of what runs; `None` where nothing is there, where a promotion is
    /// being carried out, or where another process watches.
    pub looked: Option<Looked>,
    /// When the next check is due.
    pub next: Option<Time>,
}

/// What is to be run.
struct Due {
    /// The checks that are due.
    checks: Vec<Check>,
    /// When each check is, whether due or not.
    times: BTreeSet<Time>,
    now: Time,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Runs the checks that are due in an environment, looks whether everything is as it was
    /// recorded, and records what has changed. One process at a time has the watch: where another
    /// runs checks there now, nothing is done, and what is still due is run soon after.
    pub async fn watch(&self, name: &EnvironmentName) -> Result<Watched, EngineError> {
        if self.stop.is_set() {
            return Ok(Watched::default());
        }
        if !self.labels.reach(&*self.state().await?, name) {
            // Others look; what they have seen is summed by anyone but an agent.
            if self.central.is_none() {
                self.sum_if_due(name, None).await?;
            }
            return Ok(Watched::default());
        }
        let Some((state, due)) = self.due(name).await? else {
            return Ok(Watched::default());
        };
        if due.times.iter().all(|time| due.now < *time) {
            return Ok(Watched {
                looked: self.look_if_due(&state, name, due.now).await?,
                next: due.times.first().copied(),
                ..Watched::default()
            });
        }
        let lease = format!("{}/{name}/watch", self.pipeline);
        let Some((lease, fence)) = self.store.acquire(&lease).await? else {
            return Ok(Watched {
                next: Some(due.now + ELSEWHERE),
                ..Watched::default()
            });
        };
        under((&lease, &fence), self.watch_under(name, &fence)).await
    }

    /// What is recorded in a pipeline says nothing of its registry: where that was looked at just
    /// now, and nothing is in doubt, it is not asked again.
    async fn look_if_due(
        &self,
        state: &State,
        name: &EnvironmentName,
        now: Time,
    ) -> Result<Option<Looked>, EngineError> {
        let Some(current) = &state.environment(name).current else {
            return Ok(None);
        };
        let (promotion, since) = (current.promotion, now - self.look_gap);
        let in_doubt = state.wants_look(name) || state.environment(name).drift.is_some();
        if !in_doubt && self.folded.was_looked_at(name, promotion, since) {
            return Ok(None);
        }
        let checks = (BTreeSet::new(), BTreeMap::new());
        let how = Recording::Under(None);
        let looked = self.note_seen(state, name, checks, how).await?;
        if looked.is_some() {
            self.folded.looked_at(name, promotion, now);
        }
        Ok(looked)
    }

    /// When which check is due; `None` where nothing is there, or where a promotion is being
    /// carried out.
    async fn due(&self, name: &EnvironmentName) -> Result<Option<(Arc<State>, Due)>, EngineError> {
        let state = self.state().await?;
        let environment = state.policy()?.require(name)?;
        let Some(current) = &state.environment(name).current else {
            return Ok(None);
        };
        if state.has_changed(name, state.version) {
            return Ok(None);
        }
        let last = self.last_observations(name, current).await?;
        let now = state.stamp(self.now())?;
        let due = times(&state, environment, current, (&last, now));
        let times = due.iter().map(|(_, at)| *at).collect();
        let checks = due.into_iter().filter(|(_, at)| *at <= now);
        let checks = checks.map(|(check, _)| check.clone()).collect();
        Ok(Some((state, Due { checks, times, now })))
    }

    /// The last holder of the lease may just have run what was due: it is looked at again.
    async fn watch_under(
        &self,
        name: &EnvironmentName,
        fence: &Fence,
    ) -> Result<Watched, EngineError> {
        let Some((state, due)) = self.due(name).await? else {
            return Ok(Watched::default());
        };
        let observations = self.observe_checks(&state, name, &due, fence).await?;
        let ended = self.now();
        let mut next: BTreeSet<Time> = due.times.into_iter().filter(|at| *at > due.now).collect();
        next.extend(
            due.checks
                .iter()
                .filter_map(|check| Some(ended + check.every?)),
        );
        let passed = observations.iter().filter(|o| o.passed);
        let failed = observations.iter().filter(|o| !o.passed);
        let checks = (
            passed.filter_map(|o| o.check.parse().ok()).collect(),
            failed
                .filter_map(|o| Some((o.check.parse().ok()?, o.summary.clone())))
                .collect::<BTreeMap<_, _>>(),
        );
        let how = Recording::Under(Some(fence));
        let looked = self.note_seen(&state, name, checks, how).await?;
        self.sum_if_due(name, Some(fence)).await?;
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
        name: &EnvironmentName,
        due: &Due,
        fence: &Fence,
    ) -> Result<Vec<Observation>, EngineError> {
        let Some(current) = &state.environment(name).current else {
            return Ok(Vec::new());
        };
        let promotion = current.promotion;
        let context = self.current_context(state, name, &current.release, promotion);
        let policy = state.policy()?;
        let run = due.checks.iter().map(|check| {
            let request = CheckRequest {
                context: context.clone(),
                name: check.name.to_string(),
                kind: check.kind.clone(),
                files: policy.digests(check.kind.files()),
            };
            async move { (check, self.delivery.check(&request).await, self.now()) }
        });
        let mut observations = Vec::new();
        for (check, outcome, at) in join_all(run).await {
            let mut summary = outcome.summary;
            if let (CheckKind::K6(k6), Some(report)) = (&check.kind, outcome.report)
                && let Some(gate) = &k6.evidence
            {
                let said = self.as_evidence(&current.release, gate, report).await?;
                summary.push_str(&said);
            }
            observations.push(Observation {
                environment: name.to_string(),
                promotion: promotion.to_string(),
                check: check.name.to_string(),
                at_us: state.stamp(at)?.us(),
                passed: outcome.passed,
                summary: summary.chars().take(OBSERVATION_CHARS_MAX).collect(),
            });
        }
        observations.sort_by_key(|seen| seen.at_us);
        let stream = self.pipeline.as_str();
        let after = state.environment(name).summed();
        let kept = self
            .store
            .put_observations(stream, &observations, after, Some(fence));
        kept.await?;
        Ok(observations)
    }
}

/// When each check of what is current is to be run next: those with an interval, and, where that
/// is all that is missing for it to be verified again, the others too.
fn times<'a>(
    state: &State,
    environment: &'a Environment,
    current: &Current,
    (last, now): (&[Observation], Time),
) -> Vec<(&'a Check, Time)> {
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
        let at = match seen.map(|seen| Time::from_us(seen.at_us)) {
            // A clock was wrong then: it is not waited until that is so.
            Some(at) if at > now => now,
            Some(at) => at + every,
            None if wanted => arrived,
            None => arrived + every,
        };
        Some((check, at))
    });
    checks.collect()
}
