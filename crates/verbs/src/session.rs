//! Where a request is carried out: one pipeline's engine, for one actor.

use std::sync::Arc;

use liftlock_core::{Policy, State};
use liftlock_delivery::LocalDelivery;
use liftlock_engine::Engine;
use liftlock_registry::HttpRegistries;
use liftlock_store::DatabaseStore;

use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::voice::Voice;

/// The engine over real ports.
pub type App = Engine<DatabaseStore, HttpRegistries, LocalDelivery, SystemClock>;

/// An opened pipeline, and whom to tell.
pub struct Session {
    /// The engine, which knows who acts.
    pub app: App,
    /// The state as it was opened; ask the engine for a newer one.
    pub state: Arc<State>,
    /// Where what is said meanwhile goes.
    pub voice: Voice,
}

/// The policy in force.
///
/// # Errors
/// Where none is adopted yet.
pub fn policy(state: &State) -> Result<&Policy, Failure> {
    Ok(state.policy()?)
}
