//! `rollback`: asked for by a person, and carried out at once.

use liftlock_core::decide::rollback_target;
use liftlock_core::event::Event;
use liftlock_core::observed::Observed;
use liftlock_core::plan::PlanRequest;
use liftlock_core::promotion::Kind;
use liftlock_core::{Command, EnvironmentName, PromotionId, Refusal, ReleaseName, State, decide};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::{Engine, EngineError, PromoteOutcome};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Returns an environment to a known-good release. Gates do not apply, freezes do not stop it.
    pub async fn rollback(
        &self,
        environment: &EnvironmentName,
        release: Option<&ReleaseName>,
        reason: &str,
        dry_run: bool,
    ) -> Result<PromoteOutcome, EngineError> {
        if dry_run {
            let command = self.rollback_command(environment, release, reason).await?;
            let planned = self.planned(&*self.state().await?, &command)?;
            return planned.ok_or_else(|| nothing(environment));
        }
        self.recover(environment).await?;
        let Some((lease, fence)) = self.lease(environment).await? else {
            return Err(Refusal::Busy {
                environment: environment.clone(),
            }
            .into());
        };
        let command = self.rollback_command(environment, release, reason).await?;
        let carried = self.carry_out_return(&command, (&lease, &fence)).await?;
        carried.ok_or_else(|| nothing(environment))
    }

    /// What a command that asks and commits at once would do; `None` where it would do nothing.
    pub(crate) fn planned(
        &self,
        state: &State,
        command: &Command,
    ) -> Result<Option<PromoteOutcome>, EngineError> {
        let events = decide(state, command, &self.actor, self.now())?;
        let plan = events.into_iter().find_map(|event| match event {
            Event::PromotionCommitted { plan, .. } => Some(plan),
            _ => None,
        });
        Ok(plan.map(|plan| PromoteOutcome::Planned(Box::new(plan))))
    }

    /// Records a command that asks and commits at once, and carries out what it commits, or leaves
    /// that to those who have the environment's label; `None` where it commits nothing.
    pub(crate) async fn carry_out_return(
        &self,
        command: &Command,
        (lease, fence): (&S::Lease, &Fence),
    ) -> Result<Option<PromoteOutcome>, EngineError> {
        let Some(promotion) = self.commit_at_once(command, fence).await? else {
            return Ok(None);
        };
        let state = self.state().await?;
        let environment = state.promotions.get(&promotion);
        let environment = environment.map(|promotion| &promotion.request.environment);
        if let Some(environment) = environment
            && let Some(verdict) = self.elsewhere(&state, environment).await?
        {
            return Ok(Some(PromoteOutcome::Waiting {
                promotion,
                verdicts: vec![verdict],
            }));
        }
        let carried = self.carry_out(promotion, (lease, fence)).await?;
        Ok(Some(PromoteOutcome::Carried(carried)))
    }

    /// Records a command that asks and commits at once; what it commits, if anything.
    pub(crate) async fn commit_at_once(
        &self,
        command: &Command,
        fence: &Fence,
    ) -> Result<Option<PromotionId>, EngineError> {
        let recorded = self.record(command, Some(fence)).await?;
        Ok(recorded.events.iter().find_map(|event| match event {
            Event::PromotionCommitted { promotion, .. } => Some(*promotion),
            _ => None,
        }))
    }

    async fn rollback_command(
        &self,
        environment: &EnvironmentName,
        release: Option<&ReleaseName>,
        reason: &str,
    ) -> Result<Command, EngineError> {
        let state = self.state().await?;
        let target = rollback_target(&state, environment, release)?;
        let kind = Kind::Rollback {
            from: None,
            cause: None,
            reason: reason.to_owned(),
        };
        let request = PlanRequest {
            release: &target,
            environment,
            kind,
            older: true,
            promotion: None,
            requester: &self.actor,
        };
        let observed: Observed = self.observe(&state, &request).await?;
        Ok(Command::Rollback {
            environment: environment.clone(),
            release: release.cloned(),
            reason: reason.to_owned(),
            observed,
        })
    }
}

fn nothing(environment: &EnvironmentName) -> EngineError {
    Refusal::NothingToReturnTo {
        environment: environment.clone(),
        but: String::new(),
    }
    .into()
}
