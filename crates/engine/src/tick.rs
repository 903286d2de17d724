//! `tick`: carries on whatever can go on now, and says when to come again.

use std::sync::Arc;

use liftlock_core::decide::automatic_next_look;
use liftlock_core::event::Event;
use liftlock_core::promotion::Status;
use liftlock_core::verdict::Verdict;
use liftlock_core::{Command, EnvironmentName, PromotionId, ReleaseName, State, Time};

use crate::ports::{Clock, Delivery, Observation, Registries, Store};
use crate::promote::Attempt;
use crate::{Carried, Engine, EngineError, Unproven};

/// What a tick did.
#[derive(Debug)]
pub struct TickReport {
    /// Promotions that ended because they were open for too long.
    pub expired: Vec<PromotionId>,
    /// Promotions that were carried out, or on.
    pub carried: Vec<Carried>,
    /// Promotions that still wait.
    pub waiting: Vec<Waiting>,
    /// Promotions that could not be looked at, and why.
    pub failed: Vec<(PromotionId, EngineError)>,
    /// Environments in which nothing could be asked for automatically, and why.
    pub unasked: Vec<(EnvironmentName, EngineError)>,
    /// The checks of what is current that were due.
    pub observations: Vec<Observation>,
    /// Environments that are not as they were recorded, or are again; and what changed there.
    pub looked: Vec<(EnvironmentName, Vec<Event>)>,
    /// Environments that could not be looked at, and why.
    pub unlooked: Vec<(EnvironmentName, EngineError)>,
    /// Promotions that are not proven beside their images yet, and why.
    pub unproven: Vec<Unproven>,
    /// The next instant at which time alone can change something.
    pub next: Option<Time>,
    /// The version of the state when it began: what others recorded after it may have come too
    /// late for it.
    pub from: u64,
    /// The state after it.
    pub state: Arc<State>,
}

impl TickReport {
    /// Whether something could not be looked at or done that may be in a while.
    pub fn has_failed(&self) -> bool {
        !(self.failed.is_empty()
            && self.unasked.is_empty()
            && self.unlooked.is_empty()
            && self.unproven.is_empty())
    }
}

/// A promotion that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Which.
    pub promotion: PromotionId,
    /// Its release.
    pub release: ReleaseName,
    /// Where to.
    pub environment: EnvironmentName,
    /// Each gate's verdict.
    pub verdicts: Vec<Verdict>,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Ends what was open for too long, carries on what was left behind, watches what is current,
    /// rolls back what an incident makes roll back, asks for what environments
    /// take by themselves, and carries out what has become possible. One promotion that cannot be looked at does not stop the others.
    pub async fn tick(&self) -> Result<TickReport, EngineError> {
        self.tick_watching(None).await
    }

    /// The same, watching only some of the environments, where that is said.
    pub async fn tick_watching(
        &self,
        only: Option<&[EnvironmentName]>,
    ) -> Result<TickReport, EngineError> {
        let mut report = TickReport {
            expired: self.expire().await?,
            carried: Vec::new(),
            waiting: Vec::new(),
            failed: Vec::new(),
            unasked: Vec::new(),
            observations: Vec::new(),
            looked: Vec::new(),
            unlooked: Vec::new(),
            unproven: Vec::new(),
            next: None,
            from: 0,
            state: self.state().await?,
        };
        report.from = report.state.version;
        let mut environments = environments(&report.state)?;
        if self.central.is_some() {
            // The rest is its server's.
            environments.retain(|name| self.labels.reach(&report.state, name));
        }
        for environment in &environments {
            let under_way = self
                .state()
                .await?
                .under_way(environment)
                .map(|p| p.request.id);
            match (self.recover(environment).await, under_way) {
                (Ok(carried), _) => report.carried.extend(carried),
                (Err(error), Some(id)) => report.failed.push((id, error)),
                (Err(error), None) => return Err(error),
            }
        }
        let watch = self.watch_everywhere(only, &mut report).await?;
        self.answer_incidents(&environments, &mut report).await;
        // What was carried out may be what another environment waits for, or takes by itself.
        let recovered = report.failed.len();
        for _ in 0..=environments.len() {
            let carried = report.carried.len();
            report.waiting.clear();
            report.failed.truncate(recovered);
            self.ask_everywhere(&environments, &mut report).await;
            self.try_waiting(&mut report).await?;
            if report.carried.len() == carried {
                break;
            }
        }
        for environment in &environments {
            report
                .unproven
                .extend(self.settle_proofs(environment).await);
        }
        report.state = self.state().await?;
        let now = report.state.stamp(self.now())?;
        let verdicts = report.waiting.iter().flat_map(|w| &w.verdicts);
        let watched = self.as_watched(Arc::clone(&report.state)).await?;
        let automatic = environments
            .iter()
            .filter_map(|environment| automatic_next_look(&watched, environment, now));
        let next = verdicts
            .filter_map(|v| v.until)
            .chain(automatic)
            .chain(watch)
            .min();
        report.next = next;
        Ok(report)
    }

    /// Ends what was open for too long; an agent's server does it.
    async fn expire(&self) -> Result<Vec<PromotionId>, EngineError> {
        if self.central.is_some() {
            return Ok(Vec::new());
        }
        let expired = self.record(&Command::Expire, None).await?;
        let expired = expired.events.iter().filter_map(|event| match event {
            Event::PromotionEnded { promotion, .. } => Some(*promotion),
            _ => None,
        });
        Ok(expired.collect())
    }

    /// Watches what is current everywhere; says when something is due again.
    async fn watch_everywhere(
        &self,
        only: Option<&[EnvironmentName]>,
        report: &mut TickReport,
    ) -> Result<Option<Time>, EngineError> {
        let state = self.state().await?;
        let mut next = Vec::new();
        let names = state.policy()?.environments.iter().map(|e| &e.name);
        for name in names.filter(|name| only.is_none_or(|only| only.contains(name))) {
            match self.watch(name).await {
                Ok(watched) => {
                    next.extend(watched.next);
                    report.observations.extend(watched.observations);
                    match watched.looked.map(|looked| looked.recorded) {
                        Some(Ok(recorded)) if !recorded.events.is_empty() => {
                            report.looked.push((name.clone(), recorded.events));
                        }
                        Some(Err(refusal)) => {
                            report.unlooked.push((name.clone(), refusal.into()));
                        }
                        _ => {}
                    }
                }
                Err(error) => report.unlooked.push((name.clone(), error)),
            }
        }
        Ok(next.into_iter().min())
    }

    /// Rolls back what an incident makes roll back.
    async fn answer_incidents(&self, environments: &[EnvironmentName], report: &mut TickReport) {
        for environment in environments {
            match self.answer_incident(environment).await {
                Ok(carried) => report.carried.extend(carried),
                Err(error) => report.unlooked.push((environment.clone(), error)),
            }
        }
    }

    async fn ask_everywhere(&self, environments: &[EnvironmentName], report: &mut TickReport) {
        report.unasked.clear();
        if self.central.is_some() {
            return;
        }
        for environment in environments {
            if let Err(error) = self.ask_automatically(environment).await {
                report.unasked.push((environment.clone(), error));
            }
        }
    }

    async fn try_waiting(&self, report: &mut TickReport) -> Result<(), EngineError> {
        let state = self.state().await?;
        let waiting = state
            .open_promotions()
            .filter(|p| p.status == Status::Waiting)
            .filter(|p| {
                self.central.is_none() || self.labels.reach(&state, &p.request.environment)
            });
        for promotion in waiting {
            let request = &promotion.request;
            match self.try_commit(request.id, None, true).await {
                Ok(Attempt::Carried(carried)) => report.carried.push(carried),
                Ok(Attempt::Waiting(verdicts)) => report.waiting.push(Waiting {
                    promotion: request.id,
                    release: request.release.clone(),
                    environment: request.environment.clone(),
                    verdicts,
                }),
                Err(EngineError::Refused(refusal)) => match *refusal {
                    liftlock_core::Refusal::Blocked { verdicts, .. } => {
                        report.waiting.push(Waiting {
                            promotion: request.id,
                            release: request.release.clone(),
                            environment: request.environment.clone(),
                            verdicts,
                        });
                    }
                    refusal => report.failed.push((request.id, refusal.into())),
                },
                Err(error) => report.failed.push((request.id, error)),
            }
        }
        Ok(())
    }
}

/// The environments of the policy in force, in its order, and those that it does not have any more
/// but that something was left behind in: what runs goes on under the plan it was committed with.
fn environments(state: &State) -> Result<Vec<EnvironmentName>, EngineError> {
    let policy = state.policy()?;
    let named = policy.environments.iter().map(|e| e.name.clone());
    let mut environments: Vec<EnvironmentName> = named.collect();
    for promotion in state.open_promotions().filter(|p| p.is_under_way()) {
        if !environments.contains(&promotion.request.environment) {
            environments.push(promotion.request.environment.clone());
        }
    }
    Ok(environments)
}
