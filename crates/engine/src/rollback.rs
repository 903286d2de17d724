//! `rollback`: asked for by a person, and carried out at once.

use liftlock_core::decide::rollback_target;
use liftlock_core::event::Event;
use liftlock_core::observed::Observed;
use liftlock_core::plan::PlanRequest;
use liftlock_core::promotion::Kind;
use liftlock_core::{Command, EnvironmentName, PromotionId, Refusal, ReleaseName};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::{Carried, Engine, EngineError, PromoteOutcome};

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
            let would = self.would(&command).await?;
            let plan = would.events.into_iter().find_map(|event| match event {
                Event::PromotionCommitted { plan, .. } => Some(plan),
                _ => None,
            });
            return plan
                .map(|plan| PromoteOutcome::Planned(Box::new(plan)))
                .ok_or_else(|| nothing(environment));
        }
        self.recover(environment).await?;
        let Some((_lease, fence)) = self.lease(environment).await? else {
            return Err(Refusal::Busy {
                environment: environment.clone(),
            }
            .into());
        };
        let command = self.rollback_command(environment, release, reason).await?;
        Ok(PromoteOutcome::Carried(
            self.roll_back(environment, &command, &fence).await?,
        ))
    }

    async fn roll_back(
        &self,
        environment: &EnvironmentName,
        command: &Command,
        fence: &Fence,
    ) -> Result<Carried, EngineError> {
        let recorded = self.record(command, Some(fence)).await?;
        let id: Option<PromotionId> = recorded.events.iter().find_map(|event| match event {
            Event::PromotionCommitted { promotion, .. } => Some(*promotion),
            _ => None,
        });
        self.carry_out(id.ok_or_else(|| nothing(environment))?, fence)
            .await
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
