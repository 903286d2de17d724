//! What is set up of webhooks, from a file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use liftlock_engine::worker::Wake;
use liftlock_server::Task;
use liftlock_server::hooks::{self, HookSettings};
use liftlock_store::DatabaseStore;
use liftlock_verbs::{Failure, Site};

/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Reads the file, and looks whether what it says makes sense.
pub(super) fn read(path: &Path) -> Result<HookSettings, Failure> {
    let shown = path.display();
    let unreadable = |e: std::io::Error| Failure::usage(format!("{shown} cannot be read: {e}"));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let mut limited = file.take(FILE_BYTES_MAX + 1);
    limited.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("{shown} is larger than {FILE_BYTES_MAX} bytes");
        return Err(Failure::usage(message));
    }
    let settings: HookSettings = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let checked = settings.check();
    checked.map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    Ok(settings)
}

/// What sends to those who are told; `None` where there is nobody.
pub(super) fn sending(
    settings: &HookSettings,
    store: &DatabaseStore,
) -> Result<Option<Task>, Failure> {
    let endpoints = settings.endpoints();
    let endpoints = endpoints.map_err(|error| Failure::usage(error.to_string()))?;
    Ok(endpoints.map(|(endpoints, source)| hooks::sending(store.clone(), endpoints, source)))
}

/// The routes of those who may call, who wake the workers.
pub(super) fn heard(
    settings: HookSettings,
    site: Arc<Site>,
    wake: Wake,
) -> Result<Router, Failure> {
    let routes = hooks::routes(settings.hooks, site, wake);
    routes.map_err(|error| Failure::usage(error.to_string()))
}
