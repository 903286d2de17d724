//! The workplace of a process: the engine, on tokio.

use std::time::{SystemTime, UNIX_EPOCH};

use liftlock_core::{PipelineName, Span, Time};
use tokio::task::JoinHandle;

use super::{Pace, Stop, Ticked, WorkError, Workplace};
use crate::ports::{Changes, Clock, Delivery, Registries, Store, StoreError};
use crate::{Engine, EngineError};

/// The engines of a process: `make` gives one for a pipeline and the worker that acts. Ticks run as
/// tasks of their own.
pub struct Workshop<S, M> {
    store: S,
    make: M,
    long: Span,
}

impl<S, M> Workshop<S, M> {
    /// On the pipelines of `store`; `make` is called for each tick, so an engine should share its
    /// state ([`Engine::sharing`]).
    pub fn new(store: S, make: M, pace: &Pace) -> Self {
        Self {
            store,
            make,
            long: pace.long,
        }
    }
}

impl<S, R, D, C, M> Workplace for Workshop<S, M>
where
    S: Store + Clone + 'static,
    S::Lease: 'static,
    R: Registries + 'static,
    D: Delivery + 'static,
    C: Clock + 'static,
    M: Fn(&PipelineName) -> Result<Engine<S, R, D, C>, EngineError> + Send + Sync,
{
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let us = since.unwrap_or_default().as_micros();
        Time::from_us(i64::try_from(us).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, span: Span) {
        tokio::time::sleep(span.duration()).await;
    }

    async fn pipelines(&self) -> Result<Vec<String>, StoreError> {
        self.store.streams().await
    }

    async fn changes(&self, from: u64) -> Result<Changes, StoreError> {
        self.store.changes(from).await
    }

    async fn tick(&self, pipeline: &PipelineName, stop: &Stop) -> Result<Ticked, WorkError> {
        let lease = self.store.claim(&lease_name(pipeline)).await?;
        let Some(lease) = lease else {
            return Ok(Ticked::Elsewhere);
        };
        let engine = (self.make)(pipeline)?.stopping_with(stop.clone());
        let mut ticking = Ticking(tokio::spawn(async move { engine.tick().await }));
        // What goes on for longer carries out something, under the lease of its environment: others
        // may look at the rest.
        let long = tokio::time::sleep(self.long.duration());
        let ended = tokio::select! {
            ended = &mut ticking.0 => ended,
            () = long => {
                drop(lease);
                (&mut ticking.0).await
            }
        };
        match ended {
            Ok(report) => Ok(Ticked::Done(Box::new(report?))),
            Err(error) => Err(WorkError::Fault {
                pipeline: pipeline.clone(),
                message: error.to_string(),
            }),
        }
    }
}

/// The lease that keeps two workers from looking at a pipeline at the same time. Nothing rests on it.
pub(crate) fn lease_name(pipeline: &PipelineName) -> String {
    format!("worker/{pipeline}")
}

/// A tick as a task: nobody waits for it any more where this is dropped, so it ends.
struct Ticking(JoinHandle<Result<crate::TickReport, EngineError>>);

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.abort();
    }
}
