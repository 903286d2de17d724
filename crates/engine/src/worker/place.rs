//! What a worker works on.

use std::future::Future;

use liftlock_core::{PipelineName, Span, Time};

use super::Stop;
use crate::ports::{Changes, StoreError};
use crate::{EngineError, TickReport};

/// What came of a tick.
#[derive(Debug)]
pub enum Ticked {
    /// It was carried on what can go on.
    Done(Box<TickReport>),
    /// Another worker looks at this pipeline now.
    Elsewhere,
}

/// Why a pipeline could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The engine could not go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A fault of this program. What it did is recorded, and carried on like after a crash.
    #[error("looking at {pipeline} ended in a fault of this program: {message}")]
    Fault {
        /// The pipeline.
        pipeline: PipelineName,
        /// What is known of it.
        message: String,
    },
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// Where pipelines are looked at, and time passes.
pub trait Workplace: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;

    /// Lets time pass.
    fn sleep(&self, span: Span) -> impl Future<Output = ()> + Send;

    /// The names of all pipelines.
    fn pipelines(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// What was recorded from a place in the ledger on.
    fn changes(&self, from: u64) -> impl Future<Output = Result<Changes, StoreError>> + Send;

    /// Carries on whatever can go on in a pipeline. Dropped, it is left as after a crash. Once
    /// `stop` is set it ends as soon as it can be carried on by others.
    fn tick(
        &self,
        pipeline: &PipelineName,
        stop: &Stop,
    ) -> impl Future<Output = Result<Ticked, WorkError>> + Send;
}
