//! Carrying out a committed plan, one journaled step after the other, under the environment's
//! lease. The executor makes no choices.

use std::collections::BTreeSet;

use liftlock_core::decide::{Resumption, StepResult, resumption};
use liftlock_core::observed::Observed;
use liftlock_core::plan::Step;
use liftlock_core::promotion::{Promotion, Status};
use liftlock_core::{Command, EnvironmentName, PromotionId, State};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::under::under;
use crate::{Carried, Engine, EngineError, Progress, TakenUp};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Takes the lease of an environment; `None` where a living process holds it. Before anything
    /// is done under it, programs are ended that its last holder left running: they could undo
    /// later what is recorded now. Nobody gets one who is to begin nothing any more.
    pub(crate) async fn lease(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<(S::Lease, Fence)>, EngineError> {
        if self.stop.is_set() {
            return Ok(None);
        }
        let name = format!("{}/{environment}", self.pipeline);
        let Some(held) = self.store.acquire(&name).await? else {
            return Ok(None);
        };
        let ended = self.delivery.end_left_behind(&self.pipeline, environment);
        let lines = ended.await?;
        if !lines.is_empty() {
            self.tell(&Progress::Ended { lines });
        }
        Ok(Some(held))
    }

    /// Carries a promotion out to its end, and the rollback that it makes necessary. Where a tag
    /// cannot be put back now, the others are, and `tick` tries that one again. Who is to begin
    /// nothing any more leaves it where it is, for the next who takes the lease.
    /// Without its lease it goes no further.
    pub(crate) async fn carry_out(
        &self,
        id: PromotionId,
        (lease, fence): (&S::Lease, &Fence),
    ) -> Result<Carried, EngineError> {
        under((lease, fence), self.carry_out_all(id, fence)).await
    }

    async fn carry_out_all(&self, id: PromotionId, fence: &Fence) -> Result<Carried, EngineError> {
        let mut carrying = id;
        let mut reverting = false;
        let mut in_vain = BTreeSet::new();
        self.announce(&*self.state().await?, id);
        loop {
            let state = self.state().await?;
            let Some(promotion) = state.promotions.get(&carrying) else {
                break;
            };
            match &promotion.status {
                Status::RollingBack { by } => {
                    carrying = *by;
                    reverting = false;
                    in_vain.clear();
                    self.announce(&state, carrying);
                    continue;
                }
                Status::Reverting { reason, .. } if !reverting => {
                    reverting = true;
                    let (promotion, reason) = (carrying, reason.clone());
                    self.tell(&Progress::Reverting { promotion, reason });
                }
                _ => {}
            }
            let Some((step, _)) = promotion.next_step() else {
                break;
            };
            if in_vain.contains(&step) || self.stop.is_set() {
                break;
            }
            let was_reverting = matches!(promotion.status, Status::Reverting { .. });
            let done = self.carry_out_step(promotion, fence).await?;
            if was_reverting && !done {
                in_vain.insert(step);
            }
        }
        let state = self.state().await?;
        if let Some(promotion) = state.promotions.get(&id) {
            self.settle_proofs(&promotion.request.environment).await;
        }
        Ok(Carried {
            promotion: id,
            state,
        })
    }

    async fn carry_out_step(
        &self,
        promotion: &Promotion,
        fence: &Fence,
    ) -> Result<bool, EngineError> {
        let Some((step, what)) = promotion.next_step() else {
            return Ok(true);
        };
        if matches!(what, Step::Check { .. }) {
            return self.carry_out_checks(promotion.request.id, fence).await;
        }
        self.begin_step(promotion, (step, what), fence).await?;
        let place = (step + 1, step_count(promotion));
        let result = self.run(promotion, place, what).await?;
        self.end_step(promotion, (step, what), (result, &[]), fence)
            .await
    }

    /// Records that a step begins, and tells it.
    pub(crate) async fn begin_step(
        &self,
        promotion: &Promotion,
        (step, what): (u32, &Step),
        fence: &Fence,
    ) -> Result<(), EngineError> {
        let id = promotion.request.id;
        let start = Command::StartStep {
            promotion: id,
            step,
        };
        self.record(&start, Some(fence)).await?;
        self.tell(&Progress::StepStarted {
            promotion: id,
            number: step + 1,
            of: step_count(promotion),
            title: what.title(),
        });
        Ok(())
    }

    /// Records how a step ended, with the checks beside it that were stopped because of that, and
    /// tells it; whether it was carried out.
    pub(crate) async fn end_step(
        &self,
        promotion: &Promotion,
        (step, what): (u32, &Step),
        (result, stopped): (StepResult, &[u32]),
        fence: &Fence,
    ) -> Result<bool, EngineError> {
        let id = promotion.request.id;
        let (done, summary) = (result.done, result.summary.clone());
        let end = Command::EndStep {
            promotion: id,
            step,
            result,
            stopped: stopped.to_vec(),
        };
        self.record(&end, Some(fence)).await?;
        self.tell(&Progress::StepEnded {
            promotion: id,
            number: step + 1,
            of: step_count(promotion),
            title: what.title(),
            done,
            summary,
        });
        Ok(done)
    }

    fn announce(&self, state: &State, id: PromotionId) {
        if let Some(promotion) = state.promotions.get(&id) {
            self.tell(&Progress::Carrying {
                promotion: id,
                release: promotion.request.release.clone(),
                environment: promotion.request.environment.clone(),
                rollback: promotion.is_rollback(),
            });
        }
    }

    /// Carries on what a process that is gone left behind in an environment. Nothing where there
    /// is nothing, or where a living process is at it.
    pub(crate) async fn recover(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<Carried>, EngineError> {
        // Before the next promotion takes the place of the one that is to be proven.
        self.settle_proofs(environment).await;
        let taken = self.take_up_left_behind(environment).await?;
        self.carry_out_taken(taken).await
    }

    /// Decides how what a process that is gone left behind goes on.
    pub(crate) async fn take_up_left_behind(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<TakenUp<S::Lease>>, EngineError> {
        let state = self.state().await?;
        let reached = self.labels.reach(&state, environment);
        if !reached || state.under_way(environment).is_none() {
            return Ok(None);
        }
        let Some((lease, fence)) = self.lease(environment).await? else {
            return Ok(None);
        };
        let promotion = match &self.central {
            Some(central) => central.take_up(&self.pipeline, environment, &fence).await?,
            None => self.resume_under(environment, &fence).await?,
        };
        Ok(promotion.map(|promotion| TakenUp {
            promotion,
            lease,
            fence,
        }))
    }

    /// The same under the environment's lease.
    pub(crate) async fn resume_under(
        &self,
        environment: &EnvironmentName,
        fence: &Fence,
    ) -> Result<Option<PromotionId>, EngineError> {
        // Looked at again under the lease: its last holder may have finished meanwhile.
        let state = self.state().await?;
        let Some(promotion) = state.under_way(environment) else {
            return Ok(None);
        };
        let id = promotion.request.id;
        match resumption(&state, promotion) {
            Resumption::Forward => {}
            Resumption::Back { reason } => {
                self.record(
                    &Command::GiveUp {
                        promotion: id,
                        reason,
                    },
                    Some(fence),
                )
                .await?;
            }
            Resumption::Decide => {
                let request = &promotion.request;
                if !promotion.is_rollback() {
                    // It was looked before it was first committed: what came since is taken in.
                    let (release, environment) = (&request.release, &request.environment);
                    if let Err(error) = self.look_beside(release, environment).await {
                        let reasons = vec![error.to_string()];
                        self.tell(&Progress::Unattested { reasons });
                    }
                }
                let request = self.request(
                    &request.release,
                    &request.environment,
                    false,
                    Some(promotion),
                );
                let environment = &request.environment;
                self.sum_before(&state, environment, Some(fence)).await?;
                // What cannot even be looked at is refused by the decision too, which opens the
                // promotion again instead of leaving it in the way of all others.
                let observed = match self.observe(&state, &request).await {
                    Err(EngineError::Refused(_)) => Observed::default(),
                    observed => observed?,
                };
                self.record(
                    &Command::Commit {
                        promotion: id,
                        observed,
                    },
                    Some(fence),
                )
                .await?;
            }
        }
        Ok(Some(id))
    }
}

/// Of how many steps a promotion is.
fn step_count(promotion: &Promotion) -> u32 {
    let count = match &promotion.status {
        Status::Reverting { steps, .. } => steps.len(),
        _ => promotion.plan.as_ref().map_or(0, |plan| plan.steps.len()),
    };
    count as u32
}

/// A step that was carried out.
pub(crate) fn done(summary: impl Into<String>) -> StepResult {
    StepResult {
        done: true,
        summary: summary.into(),
        output: None,
    }
}

/// A step that could not be carried out.
pub(crate) fn not_done(summary: impl Into<String>) -> StepResult {
    StepResult {
        done: false,
        summary: summary.into(),
        output: None,
    }
}
