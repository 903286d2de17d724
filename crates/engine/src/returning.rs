//! What an incident soon after a promotion makes necessary.

use liftlock_core::decide::{IncidentAnswer, answer_to_incident};
use liftlock_core::plan::PlanRequest;
use liftlock_core::{Command, EnvironmentName, PromotionId, ReleaseName};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::{Carried, Engine, EngineError, Recorded, TakenUp};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Returns an environment to its last known-good release where its incident makes it. Nothing
    /// where it does not, or where a living process is at work there.
    pub(crate) async fn answer_incident(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<Carried>, EngineError> {
        let taken = self.take_up_incident(environment).await?;
        self.carry_out_taken(taken).await
    }

    /// Decides whether an incident makes an environment return, and to what.
    pub(crate) async fn take_up_incident(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<TakenUp<S::Lease>>, EngineError> {
        let returns = |answer| matches!(answer, IncidentAnswer::Return { .. });
        let state = self.state().await?;
        let reached = self.labels.reach(&state, environment);
        if !reached || !returns(answer_to_incident(&state, environment)) {
            return Ok(None);
        }
        let Some((lease, fence)) = self.lease(environment).await? else {
            return Ok(None);
        };
        let promotion = match &self.central {
            Some(central) => central.take_up(&self.pipeline, environment, &fence).await?,
            None => self.return_under(environment, &fence).await?,
        };
        Ok(promotion.map(|promotion| TakenUp {
            promotion,
            lease,
            fence,
        }))
    }

    /// The same under the environment's lease.
    pub(crate) async fn return_under(
        &self,
        environment: &EnvironmentName,
        fence: &Fence,
    ) -> Result<Option<PromotionId>, EngineError> {
        // Looked at again under the lease.
        let state = self.state().await?;
        let IncidentAnswer::Return { release, kind, .. } = answer_to_incident(&state, environment)
        else {
            return Ok(None);
        };
        let request = PlanRequest {
            release: &release,
            environment,
            kind,
            older: true,
            promotion: None,
            requester: &self.actor,
        };
        let command = Command::Return {
            environment: environment.clone(),
            observed: self.observe(&state, &request).await?,
        };
        self.commit_at_once(&command, fence).await
    }

    /// Calls a waiting promotion off; or gives one up whose tags cannot be put back, which takes
    /// the environment's lease.
    pub async fn cancel(
        &self,
        (release, environment): (&ReleaseName, &EnvironmentName),
        reason: &str,
        dry_run: bool,
    ) -> Result<Recorded, EngineError> {
        let command = Command::Cancel {
            release: release.clone(),
            environment: environment.clone(),
            reason: reason.to_owned(),
        };
        let state = self.state().await?;
        let open = state.open_promotion(release, environment);
        if dry_run || !open.is_some_and(|promotion| promotion.can_be_given_up()) {
            return self.submit_command(&command, dry_run).await;
        }
        let Some((_lease, fence)) = self.lease(environment).await? else {
            return Err(liftlock_core::Refusal::Busy {
                environment: environment.clone(),
            }
            .into());
        };
        self.record(&command, Some(&fence)).await
    }
}
