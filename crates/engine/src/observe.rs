//! Looking at the registries and at what runs, just before a decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use liftlock_core::observed::{Needs, Observed};
use liftlock_core::plan::{PlanRequest, needs, plan};
use liftlock_core::promotion::{Kind, Promotion};
use liftlock_core::{EnvironmentName, ReleaseName, State};
use liftlock_oci::{PinnedRef, Repository, Tag};

use crate::ports::{Clock, Delivery, Registries, Store};
use crate::{Engine, EngineError};

/// Something in a registry.
#[derive(Clone, Copy)]
enum Thing<'a> {
    Image(&'a PinnedRef),
    Tag(&'a (Repository, Tag)),
}

impl<'a> Thing<'a> {
    fn host(self) -> &'a str {
        match self {
            Self::Image(image) => image.repository.host(),
            Self::Tag((repository, _)) => repository.host(),
        }
    }
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Looks at what a plan needs, and nothing else. Images are looked for by digest; nothing that
    /// a tag says here decides what is promoted.
    pub(crate) async fn look_at(&self, needs: &Needs) -> Result<Observed, EngineError> {
        let images = needs.images.iter().map(Thing::Image);
        let tags = needs.tags.iter().map(Thing::Tag);
        let mut observed = Observed::default();
        self.see(images.chain(tags).collect(), &mut observed)
            .await?;
        let sources = needs.sources.iter();
        let sources = sources.filter(|source| source.is_needed(&observed));
        let sources = sources.map(|source| Thing::Image(&source.image)).collect();
        self.see(sources, &mut observed).await?;
        for (name, key) in &needs.keys {
            let usable = self.attestations.can_sign(name, key).await;
            observed.keys.insert(name.clone(), usable);
        }
        Ok(observed)
    }

    /// Looks at things in several registries at once, in each at one after the other.
    async fn see(
        &self,
        things: Vec<Thing<'_>>,
        observed: &mut Observed,
    ) -> Result<(), EngineError> {
        let mut hosts: BTreeMap<&str, Vec<Thing<'_>>> = BTreeMap::new();
        for thing in things {
            hosts.entry(thing.host()).or_default().push(thing);
        }
        let hosts: Vec<_> = hosts
            .into_values()
            .map(|things| self.see_in_one(things))
            .collect();
        for seen in try_join_all(hosts).await? {
            observed.present.extend(seen.present);
            observed.tags.extend(seen.tags);
        }
        Ok(())
    }

    async fn see_in_one(&self, things: Vec<Thing<'_>>) -> Result<Observed, EngineError> {
        let mut seen = Observed::default();
        for thing in things {
            match thing {
                Thing::Image(image) => {
                    let present = self.registries.is_present(image).await?;
                    seen.present.insert(image.clone(), present);
                }
                Thing::Tag(place) => {
                    let digest = self.registries.tag_digest(&place.0, &place.1).await?;
                    seen.tags.insert(place.clone(), digest);
                }
            }
        }
        Ok(seen)
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
        let looked = self
            .as_if_looked_beside(state, release, environment)
            .await?;
        let state = Arc::new(looked.unwrap_or_else(|| state.clone()));
        let state = &*self.as_watched_before(state, environment).await?;
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
