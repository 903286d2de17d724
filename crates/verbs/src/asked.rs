//! What is asked of the engine other than by a request. Everything is in a box, so that the engine
//! is compiled for its real ports in this crate, and not again in every crate that asks: a future
//! that is not boxed becomes part of whoever awaits it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use liftlock_core::{Command, EnvironmentName, State};
use liftlock_engine::{EngineError, Intake, IntakeRequest, Recorded, TickReport};

use crate::session::App;

/// The state of a pipeline as it is now.
pub fn state(app: &App) -> BoxFuture<'_, Result<Arc<State>, EngineError>> {
    Box::pin(app.state())
}

/// Decides a command, and records what follows from it.
pub fn record<'a>(
    app: &'a App,
    command: &'a Command,
) -> BoxFuture<'a, Result<Recorded, EngineError>> {
    Box::pin(app.record(command, None))
}

/// Creates a release.
pub fn create_release(
    app: &App,
    request: IntakeRequest,
) -> BoxFuture<'_, Result<Intake, EngineError>> {
    Box::pin(app.create_release(request))
}

/// Carries on whatever can go on, and runs the checks that are due in these environments; in all
/// where none is named.
pub fn watch<'a>(
    app: &'a App,
    only: Option<&'a [EnvironmentName]>,
) -> BoxFuture<'a, Result<TickReport, EngineError>> {
    Box::pin(app.tick_watching(only))
}
