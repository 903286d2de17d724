//! Looking whether an environment is as it was recorded.

use liftlock_core::drift::{Drift, drift, recorded};
use liftlock_core::observed::Needs;
use liftlock_core::{EnvironmentName, ReleaseName, State};

use crate::ports::{Clock, Delivery, DeliveryContext, DeployRequest, Registries, Store};
use crate::{Engine, EngineError};

/// What was seen.
#[derive(Debug, Clone)]
pub struct Look {
    /// The current release.
    pub release: ReleaseName,
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
        let policy = state.policy()?;
        let environment = policy.require(name)?;
        let Some(current) = &state.environment(name).current else {
            return Ok(None);
        };
        let recorded = recorded(state, environment).into_iter();
        let needs = Needs {
            tags: recorded.map(|(place, tag, _)| (place, tag)).collect(),
            ..Needs::default()
        };
        let mut observed = self.look_at(&needs).await?;
        let mut unseen = Vec::new();
        if let Some(deploy) = &environment.deploy {
            let request = DeployRequest {
                context: DeliveryContext {
                    pipeline: self.pipeline.clone(),
                    environment: name.clone(),
                    release: current.release.clone(),
                    promotion: current.promotion.to_string(),
                    images: state
                        .current_images(name)
                        .into_iter()
                        .filter_map(|(key, places)| Some((key, places.into_iter().next()?)))
                        .collect(),
                },
                deploy: deploy.clone(),
                files: policy.digests(deploy.files()),
            };
            match self.delivery.running(&request).await {
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
            drifts,
            unseen,
        }))
    }
}
