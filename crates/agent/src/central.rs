//! The server, as it decides and records for this agent.

use std::sync::Arc;
use std::time::Duration;

use liftlock_core::event::Event;
use liftlock_core::handed::Handed;
use liftlock_core::{EnvironmentName, PipelineName, PromotionId};
use liftlock_engine::EngineError;
use liftlock_engine::ports::{AppendError, Asking, Central, Fence, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::AskError;
use crate::lease::{Held, Lost};
use crate::store::RemoteStore;
use crate::wire::{HandIn, HandedIn, LEASE_LOST, Taken};

/// The first wait before the server is asked again; each further one is twice as long.
const AGAIN: Duration = Duration::from_millis(250);

/// The longest.
const AGAIN_MAX: Duration = Duration::from_secs(5);

/// The server that an agent works for.
#[derive(Debug, Clone)]
pub struct Server(RemoteStore);

impl Server {
    /// The one whose state that is.
    pub fn new(store: RemoteStore) -> Self {
        Self(store)
    }

    fn held(&self, fence: &Fence) -> Result<Arc<Held>, EngineError> {
        self.0.held(&fence.name).ok_or_else(|| lost(fence))
    }

    /// Asks until there is an answer, for as long as the lease is held.
    async fn insist<B: Serialize, T: DeserializeOwned>(
        &self,
        (held, fence): (&Held, &Fence),
        what: &str,
        document: impl Fn() -> B,
    ) -> Result<T, EngineError> {
        let path = [&held.place()[..], &[what]].concat();
        let mut again = AGAIN;
        loop {
            if held.is_lost() {
                return Err(lost(fence));
            }
            let error = match held.client().post(&path, &document()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.is(LEASE_LOST) {
                // A server that was started anew does not know of it yet.
                match held.renew().await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(Lost) => return Err(lost(fence)),
                }
            } else if !matches!(error, AskError::Unreachable { .. }) {
                return Err(StoreError::from(error).into());
            }
            tokio::select! {
                () = held.lost() => return Err(lost(fence)),
                () = tokio::time::sleep(again) => again = (again * 2).min(AGAIN_MAX),
            }
        }
    }
}

fn lost(fence: &Fence) -> EngineError {
    let name = fence.name.clone();
    AppendError::Fenced { name }.into()
}

impl Central for Server {
    fn hand_in<'a>(
        &'a self,
        pipeline: &'a PipelineName,
        environment: &'a EnvironmentName,
        handed: Handed,
        fence: Option<&'a Fence>,
    ) -> Asking<'a, Vec<Event>> {
        Box::pin(async move {
            if let Some(fence) = fence {
                let held = self.held(fence)?;
                let document = || HandIn {
                    lease: Some(held.hold()),
                    handed: handed.clone(),
                };
                let answer = self.insist((&held, fence), "results", document).await;
                return answer.map(|HandedIn { events }| events);
            }
            let document = HandIn {
                lease: None,
                handed,
            };
            let (pipeline, environment) = (pipeline.as_str(), environment.as_str());
            let path = [
                "pipelines",
                pipeline,
                "environments",
                environment,
                "results",
            ];
            let answer = self.0.client().post(&path, &document).await;
            let HandedIn { events } = answer.map_err(StoreError::from)?;
            Ok(events)
        })
    }

    fn take_up<'a>(
        &'a self,
        _: &'a PipelineName,
        _: &'a EnvironmentName,
        fence: &'a Fence,
    ) -> Asking<'a, Option<PromotionId>> {
        Box::pin(async move {
            let held = self.held(fence)?;
            let answer = self.insist((&held, fence), "take", || held.hold()).await;
            answer.map(|Taken { promotion }| promotion)
        })
    }
}
