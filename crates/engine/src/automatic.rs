//! What environments take by themselves (`auto: true`).

use std::sync::Arc;

use liftlock_core::decide::{automatic_candidate, automatic_newest};
use liftlock_core::event::Event;
use liftlock_core::plan::PlanRequest;
use liftlock_core::promotion::Kind;
use liftlock_core::{Command, EnvironmentName};

use crate::ports::{Clock, Delivery, Registries, Store};
use crate::{Engine, EngineError};

/// How many of the newest releases are looked at for what is signed beside them.
const LOOKED_BESIDE_MAX: usize = 3;

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Asks for what an environment takes by itself now. Whether there was something.
    pub(crate) async fn ask_automatically(
        &self,
        environment: &EnvironmentName,
    ) -> Result<bool, EngineError> {
        if self.stop.is_set() {
            return Ok(false);
        }
        let state = self.state().await?;
        for release in automatic_newest(&state, environment, LOOKED_BESIDE_MAX) {
            self.look_beside(&release.content.name, environment).await?;
        }
        let state = self.state().await?;
        let now = state.stamp(self.now())?;
        let watched = self.as_watched_before(Arc::clone(&state), environment);
        if automatic_candidate(&*watched.await?, environment, now).is_none() {
            return Ok(false);
        }
        self.sum_before(&state, environment, None).await?;
        let state = self.state().await?;
        let now = state.stamp(self.now())?;
        let Some(release) = automatic_candidate(&state, environment, now) else {
            return Ok(false);
        };
        let request = PlanRequest {
            release: &release.content.name,
            environment,
            kind: Kind::Promote,
            older: false,
            promotion: None,
            requester: &release.created_by,
        };
        let command = Command::Automatic {
            environment: environment.clone(),
            release: release.content.name.clone(),
            observed: self.observe(&state, &request).await?,
        };
        let recorded = self.record(&command, None).await?;
        let mut events = recorded.events.iter();
        Ok(events.any(|event| matches!(event, Event::PromotionRequested(_))))
    }
}
