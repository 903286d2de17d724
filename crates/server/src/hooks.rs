//! Webhooks, in and out: `/hooks/registry/NAME` and `/hooks/alertmanager/NAME`, each with secrets
//! of its own, and the task that tells others what is recorded.

mod alarms;
mod callers;
mod pushes;
mod sending;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use liftlock_engine::worker::Wake;
use liftlock_hooks::incoming::{BODY_BYTES_MAX, IncomingSettings, SettingsError};
use liftlock_verbs::Site;

pub use sending::{sending, sending_at};
pub use settings::{HookSettings, HookSettingsError};

use crate::operations::{self, Served as _};
use callers::Callers;

/// What the handlers share.
#[derive(Clone)]
struct Hooks {
    site: Arc<Site>,
    wake: Wake,
    callers: Arc<Callers>,
}

/// The routes of those who may call. Their secrets are read now. What a registry says wakes the
/// pipelines that it names; what Alertmanager says opens and resolves incidents.
///
/// # Errors
/// [`SettingsError`] where the settings make no sense, or a secret cannot be read.
pub fn routes(
    settings: IncomingSettings,
    site: Arc<Site>,
    wake: Wake,
) -> Result<Router, SettingsError> {
    settings.check()?;
    let hooks = Hooks {
        site,
        wake,
        callers: Arc::new(Callers::new(settings)?),
    };
    Ok(Router::new()
        .serve(&operations::REGISTRY_HOOK, pushes::take)
        .serve(&operations::ALERTMANAGER_HOOK, alarms::take)
        // One byte more than is read, so that its reader says which limit it is.
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX + 1))
        .with_state(hooks))
}
