//! What was observed of what is current is summed for its soak: recorded before anything rests on
//! it, or ends it; and as if it were, to show how far a soak is.

use std::sync::Arc;

use liftlock_core::watching::{Stretch, as_summed, open, stretch};
use liftlock_core::{Command, EnvironmentName, Span, State};

use crate::ports::{Clock, Delivery, Fence, OBSERVATIONS_MAX, Registries, Store};
use crate::{Engine, EngineError};

/// After how long at the latest observations are summed while someone watches: long before they
/// are dropped.
const SUM_EVERY: Span = Span::from_secs(6 * 3600);

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Records what was observed of an environment and is not summed yet. Who may not record it
    /// leaves it to those who may: then less counts.
    pub(crate) async fn sum_watched(
        &self,
        environment: &EnvironmentName,
        fence: Option<&Fence>,
    ) -> Result<(), EngineError> {
        loop {
            let state = self.state().await?;
            let Some(stretch) = self.stretch(&state, environment).await? else {
                return Ok(());
            };
            let is_last = is_last(&stretch);
            let recorded = match self.record(&Command::NoteWatched(stretch), fence).await {
                Err(EngineError::Refused(_)) => return Ok(()),
                recorded => recorded?,
            };
            if is_last || recorded.events.is_empty() {
                return Ok(());
            }
        }
    }

    /// Before another policy comes into force, by which it may not count any more.
    pub(crate) async fn sum_everywhere(&self) -> Result<(), EngineError> {
        let state = self.state().await?;
        for name in state.environments.keys() {
            self.sum_watched(name, None).await?;
        }
        Ok(())
    }

    /// The same where someone watches, once in a while.
    pub(crate) async fn sum_if_due(
        &self,
        environment: &EnvironmentName,
        fence: Option<&Fence>,
    ) -> Result<(), EngineError> {
        let state = self.state().await?;
        let now = state.stamp(self.now())?;
        match open(&state, environment) {
            Some(open) if now.since(open.since) >= SUM_EVERY => {
                self.sum_watched(environment, fence).await
            }
            _ => Ok(()),
        }
    }

    /// Before a promotion to an environment is committed: the soak that it rests on is upstream,
    /// and it ends the one of what is there.
    pub(crate) async fn sum_before(
        &self,
        state: &State,
        environment: &EnvironmentName,
        fence: Option<&Fence>,
    ) -> Result<(), EngineError> {
        self.sum_watched(environment, fence).await?;
        for upstream in upstream(state, environment) {
            self.sum_watched(&upstream, fence).await?;
        }
        Ok(())
    }

    /// The state as it would be if all that was observed were summed now: for what is shown and
    /// awaited. Nothing is recorded, and nothing is decided from it.
    pub async fn as_watched(&self, state: Arc<State>) -> Result<Arc<State>, EngineError> {
        let Ok(policy) = state.policy() else {
            return Ok(state);
        };
        let names: Vec<_> = policy.environments.iter().map(|e| e.name.clone()).collect();
        self.as_watched_in(state, &names).await
    }

    /// The same for what a promotion to an environment waits for.
    pub(crate) async fn as_watched_before(
        &self,
        state: Arc<State>,
        environment: &EnvironmentName,
    ) -> Result<Arc<State>, EngineError> {
        let names = upstream(&state, environment);
        self.as_watched_in(state, &names).await
    }

    async fn as_watched_in(
        &self,
        mut state: Arc<State>,
        names: &[EnvironmentName],
    ) -> Result<Arc<State>, EngineError> {
        for name in names {
            while let Some(stretch) = self.stretch(&state, name).await? {
                state = Arc::new(as_summed(&state, &stretch));
                if is_last(&stretch) {
                    break;
                }
            }
        }
        Ok(state)
    }

    /// What new observations come to. A clock that is too far behind to decide anything has seen
    /// nothing either.
    async fn stretch(
        &self,
        state: &State,
        name: &EnvironmentName,
    ) -> Result<Option<Stretch>, EngineError> {
        let Some((open, now)) = open(state, name).zip(state.stamp(self.now()).ok()) else {
            return Ok(None);
        };
        let (stream, from) = (self.pipeline.as_str(), (open.after, open.since.us()));
        let new = self.store.new_observations(stream, name.as_str(), from);
        Ok(stretch(state, name, &new.await?, now))
    }
}

/// Whether all there was fitted into one stretch.
fn is_last(stretch: &Stretch) -> bool {
    stretch.count < OBSERVATIONS_MAX as u64
}

/// Where a release has to have been before it enters an environment.
fn upstream(state: &State, environment: &EnvironmentName) -> Vec<EnvironmentName> {
    let policy = state.policy().ok();
    let environment = policy.and_then(|policy| policy.environment(environment));
    environment.map_or_else(Vec::new, |environment| environment.after.clone())
}
