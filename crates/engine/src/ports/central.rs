//! The server that an agent works for, as its engine needs it.

use std::future::Future;
use std::pin::Pin;

use liftlock_core::event::Event;
use liftlock_core::handed::Handed;
use liftlock_core::{EnvironmentName, PipelineName, PromotionId};

use super::Fence;
use crate::EngineError;

/// What becomes of an operation.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + Send + 'a>>;

/// Decides and records for an agent, which does neither.
pub trait Central: Send + Sync {
    /// Hands in what was done or seen; gives what was recorded because of it.
    fn hand_in<'a>(
        &'a self,
        pipeline: &'a PipelineName,
        environment: &'a EnvironmentName,
        handed: Handed,
        fence: Option<&'a Fence>,
    ) -> Asking<'a, Vec<Event>>;

    /// Asks what is to be carried out in an environment, under its lease; it is decided and recorded
    /// then. Nothing where nothing is.
    fn take_up<'a>(
        &'a self,
        pipeline: &'a PipelineName,
        environment: &'a EnvironmentName,
        fence: &'a Fence,
    ) -> Asking<'a, Option<PromotionId>>;
}
