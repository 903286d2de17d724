//! Looking whether an environment is as it was recorded.

use std::collections::BTreeMap;

use liftlock_core::drift::{Drift, drift, images, recorded};
use liftlock_core::observed::{Needs, Observed};
use liftlock_core::{EnvironmentName, PromotionId, ReleaseName, State};
use liftlock_oci::{Digest, Repository, Tag};

use crate::ports::{Clock, Delivery, DeliveryContext, DeployRequest, Registries, Store};
use crate::{Engine, EngineError};

/// What was seen.
#[derive(Debug, Clone)]
pub struct Look {
    /// The current release.
    pub release: ReleaseName,
    /// By which promotion it is current.
    pub promotion: PromotionId,
    /// Where the moving tags should point.
    pub recorded: Vec<(Repository, Tag, Digest)>,
    /// Where they point, what runs, and which images are there, as far as it was looked at.
    pub observed: Observed,
    /// Everything that is not as recorded.
    pub drifts: Vec<Drift>,
    /// What could not be looked at.
    pub unseen: Vec<String>,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Looks at the tags, and at what runs, of an environment's current release; `None` where
    /// there is none.
    pub async fn look(
        &self,
        state: &State,
        name: &EnvironmentName,
    ) -> Result<Option<Look>, EngineError> {
        self.look_for(state, name, false).await
    }

    /// The same, and whether its images are still in the registry.
    pub async fn look_closely(
        &self,
        state: &State,
        name: &EnvironmentName,
    ) -> Result<Option<Look>, EngineError> {
        self.look_for(state, name, true).await
    }

    async fn look_for(
        &self,
        state: &State,
        name: &EnvironmentName,
        closely: bool,
    ) -> Result<Option<Look>, EngineError> {
        let policy = state.policy()?;
        let environment = policy.require(name)?;
        let Some(current) = &state.environment(name).current else {
            return Ok(None);
        };
        let recorded = recorded(state, environment);
        let tags = recorded.iter().cloned();
        let needs = Needs {
            tags: tags.map(|(place, tag, _)| (place, tag)).collect(),
            images: match closely {
                true => images(state, environment),
                false => Vec::new(),
            },
            ..Needs::default()
        };
        let mut observed = self.look_at(&needs).await?;
        let mut unseen = Vec::new();
        if let Some(deploy) = &environment.deploy {
            let request = DeployRequest {
                context: self.current_context(state, name, &current.release, current.promotion),
                deploy: deploy.clone(),
                files: policy.digests(deploy.files()),
            };
            let lacking = self.labels.lacking(state, name);
            let running = match lacking {
                None => self.delivery.running(&request).await,
                Some(_) => Ok(BTreeMap::new()),
            };
            unseen.extend(lacking.map(|label| {
                format!("what runs there is looked at by workers with the label {label}")
            }));
            match running {
                Ok(running) => {
                    observed.running = running
                        .into_iter()
                        .map(|(key, digests)| (key, digests.into_iter().collect()))
                        .collect();
                }
                Err(error) => unseen.push(error.to_string()),
            }
        }
        let drifts = drift(state, environment, &observed);
        Ok(Some(Look {
            release: current.release.clone(),
            promotion: current.promotion,
            recorded,
            observed,
            drifts,
            unseen,
        }))
    }

    /// What is delivered for what is current.
    pub(crate) fn current_context(
        &self,
        state: &State,
        environment: &EnvironmentName,
        release: &ReleaseName,
        promotion: PromotionId,
    ) -> DeliveryContext {
        let places = state.current_images(environment).into_iter();
        DeliveryContext {
            pipeline: self.pipeline.clone(),
            environment: environment.clone(),
            release: release.clone(),
            promotion: promotion.to_string(),
            images: places
                .filter_map(|(key, places)| Some((key, places.into_iter().next()?)))
                .collect(),
            watched: true,
        }
    }
}
