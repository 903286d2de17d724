//! Looking at the registries and at what runs, just before a decision.

use liftlock_core::observed::{Needs, Observed};
use liftlock_core::plan::{PlanRequest, needs, plan};
use liftlock_core::promotion::{Kind, Promotion};
use liftlock_core::{EnvironmentName, ReleaseName, State};

use crate::ports::{Clock, Delivery, Registries, Store};
use crate::{Engine, EngineError};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Looks at what a plan needs, and nothing else. Images are looked for by digest; nothing that
    /// a tag says here decides what is promoted.
    pub(crate) async fn look_at(&self, needs: &Needs) -> Result<Observed, EngineError> {
        let mut observed = Observed::default();
        for image in &needs.images {
            let present = self.registries.is_present(image).await?;
            observed.present.insert(image.clone(), present);
        }
        for (repository, tag) in &needs.tags {
            let digest = self.registries.tag_digest(repository, tag).await?;
            observed
                .tags
                .insert((repository.clone(), tag.clone()), digest);
        }
        Ok(observed)
    }

    /// Looks at what the open promotion, or a request for one, needs.
    pub(crate) async fn observe(
        &self,
        state: &State,
        request: &PlanRequest<'_>,
    ) -> Result<Observed, EngineError> {
        self.look_at(&needs(state, request, state.stamp(self.now())?)?)
            .await
    }

    /// The plan for a release and an environment as things are now, with each gate's verdict:
    /// what `plan`, `--dry-run` and a real promotion all begin with.
    pub async fn plan(
        &self,
        release: &ReleaseName,
        environment: &EnvironmentName,
        older: bool,
    ) -> Result<liftlock_core::plan::Plan, EngineError> {
        let state = self.state().await?;
        self.plan_in(&state, release, environment, older).await
    }

    /// The plan in a state that may not be recorded: one in which a release would exist.
    pub async fn plan_in(
        &self,
        state: &State,
        release: &ReleaseName,
        environment: &EnvironmentName,
        older: bool,
    ) -> Result<liftlock_core::plan::Plan, EngineError> {
        let open = state.open_promotion(release, environment);
        let request = self.request(release, environment, older, open);
        let observed = self.observe(state, &request).await?;
        Ok(plan(state, &request, &observed, state.stamp(self.now())?)?)
    }

    pub(crate) fn request<'a>(
        &'a self,
        release: &'a ReleaseName,
        environment: &'a EnvironmentName,
        older: bool,
        open: Option<&'a Promotion>,
    ) -> PlanRequest<'a> {
        match open {
            Some(open) => PlanRequest {
                release,
                environment,
                kind: open.request.kind.clone(),
                older: open.request.older,
                promotion: Some(open),
                requester: &open.requested_by,
            },
            None => PlanRequest {
                release,
                environment,
                kind: Kind::Promote,
                older,
                promotion: None,
                requester: &self.actor,
            },
        }
    }
}
