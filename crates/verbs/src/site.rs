//! What engines are made of: the same for all pipelines and all who act.

use std::sync::Arc;

use liftlock_core::{Actor, Labels, PipelineName};
use liftlock_delivery::LocalDelivery;
use liftlock_engine::ports::{Attestations, Log};
use liftlock_engine::worker::Stop;
use liftlock_engine::{Engine, Pipelines, Report};
use liftlock_registry::HttpRegistries;
use liftlock_store::{DatabaseStore, OpenRequest};

use crate::asked;
use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::session::{App, Session};
use crate::voice::Voice;

/// What engines are made of.
#[derive(Clone)]
pub struct Site {
    /// The state.
    pub store: DatabaseStore,
    /// The registries.
    pub registries: HttpRegistries,
    /// The labels of whoever carries out here.
    pub labels: Labels,
    /// What deploys and checks here.
    pub delivery: LocalDelivery,
    /// Finds what is signed, and signs.
    pub attestations: Arc<dyn Attestations>,
    /// Proves promotions; none where nothing is recorded.
    pub log: Option<Arc<dyn Log>>,
    /// The pipelines' states, as far as they were read.
    pub pipelines: Arc<Pipelines>,
    /// Once it is set nothing more is begun: who carries something out leaves it after its step.
    pub stop: Stop,
}

impl Site {
    /// The same, where what is recorded is noted as that request's.
    pub fn for_request(&self, request: &Arc<OpenRequest>) -> Self {
        Self {
            store: self.store.for_request(request),
            ..self.clone()
        }
    }

    /// The engine of a pipeline for who acts.
    pub fn app(&self, pipeline: PipelineName, actor: Actor, report: Report) -> App {
        let ports = (
            self.store.clone(),
            self.registries.clone(),
            self.delivery.clone(),
            SystemClock,
        );
        let folded = self.pipelines.of(&pipeline);
        let engine = Engine::new(ports, pipeline, actor, report)
            .sharing(folded)
            .with_labels(self.labels.clone())
            .stopping_with(self.stop.clone())
            .with_attestations(Arc::clone(&self.attestations));
        match &self.log {
            Some(log) => engine.with_log(Arc::clone(log)),
            None => engine,
        }
    }

    /// A session on a pipeline as it is now.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub async fn session(
        &self,
        (pipeline, actor): (PipelineName, Actor),
        report: Report,
        voice: Voice,
    ) -> Result<Session, Failure> {
        let app = self.app(pipeline, actor, report);
        let state = asked::state(&app).await?;
        Ok(Session { app, state, voice })
    }
}
