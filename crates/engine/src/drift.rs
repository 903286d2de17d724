//! Drift: looked at, recorded where it changes, and repaired.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::decide::{Seen, repair_kind};
use liftlock_core::plan::PlanRequest;
use liftlock_core::{CheckName, Command, EnvironmentName, Refusal, State};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::{Engine, EngineError, Look, PromoteOutcome, Recorded};

/// An environment that was looked at.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What was seen.
    pub look: Look,
    /// What was recorded because of it, if that was allowed.
    pub recorded: Result<Recorded, Refusal>,
}

/// How what was seen is recorded.
#[derive(Clone, Copy)]
pub(crate) enum Recording<'f> {
    /// Not at all: it is only said what would be.
    Would,
    /// Under a lease, or none.
    Under(Option<&'f Fence>),
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Looks whether an environment is as it was recorded, and records a change; with `dry_run`,
    /// only what it would record. `None` where nothing is current there, or where a promotion is
    /// being carried out. Who may not record is shown what was seen all the same.
    pub async fn note_drift(
        &self,
        environment: &EnvironmentName,
        dry_run: bool,
    ) -> Result<Option<Looked>, EngineError> {
        let state = self.state().await?;
        let checks = (BTreeSet::new(), BTreeMap::new());
        let how = match dry_run {
            true => Recording::Would,
            false => Recording::Under(None),
        };
        self.note_seen(&state, environment, checks, how).await
    }

    /// The same, where these checks have passed, and those have failed, since `state`.
    pub(crate) async fn note_seen(
        &self,
        state: &State,
        environment: &EnvironmentName,
        (passed, failed): (BTreeSet<CheckName>, BTreeMap<CheckName, String>),
        how: Recording<'_>,
    ) -> Result<Option<Looked>, EngineError> {
        if state.has_changed(environment, state.version) {
            return Ok(None);
        }
        let Some(look) = self.look_closely(state, environment).await? else {
            return Ok(None);
        };
        let command = Command::NoteDrift {
            environment: environment.clone(),
            seen: Seen {
                from: state.version,
                observed: look.observed.clone(),
                partly: !look.unseen.is_empty(),
                passed,
                failed,
            },
        };
        let recorded = match how {
            Recording::Would => self.would(&command).await,
            Recording::Under(fence) => self.record(&command, fence).await,
        };
        let recorded = match recorded {
            Ok(recorded) => Ok(recorded),
            Err(EngineError::Refused(refusal)) => Err(*refusal),
            Err(error) => return Err(error),
        };
        Ok(Some(Looked { look, recorded }))
    }

    /// Brings back what was recorded in an environment that has drifted, as a promotion; `None`
    /// where no drift is recorded. Gates do not apply, freezes do not stop it.
    pub async fn repair(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<PromoteOutcome>, EngineError> {
        self.recover(environment).await?;
        let Some((lease, fence)) = self.lease(environment).await? else {
            return Err(Refusal::Busy {
                environment: environment.clone(),
            }
            .into());
        };
        let state = self.state().await?;
        let Some(command) = self.repair_command(&state, environment).await? else {
            return Ok(None);
        };
        self.carry_out_return(&command, (&lease, &fence)).await
    }

    /// What [`Self::repair`] would do in a state that may not be recorded.
    pub async fn rehearse_repair(
        &self,
        state: &State,
        environment: &EnvironmentName,
    ) -> Result<Option<PromoteOutcome>, EngineError> {
        match self.repair_command(state, environment).await? {
            Some(command) => self.planned(state, &command),
            None => Ok(None),
        }
    }

    async fn repair_command(
        &self,
        state: &State,
        environment: &EnvironmentName,
    ) -> Result<Option<Command>, EngineError> {
        let current = state.environment(environment).current.as_ref();
        let Some((kind, current)) = repair_kind(state, environment).zip(current) else {
            return Ok(None);
        };
        let request = PlanRequest {
            release: &current.release,
            environment,
            kind,
            older: true,
            promotion: None,
            requester: &self.actor,
        };
        Ok(Some(Command::Repair {
            environment: environment.clone(),
            observed: self.observe(state, &request).await?,
        }))
    }
}
