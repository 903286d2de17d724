//! Requests that have been kept for long enough are forgotten.

use std::sync::Arc;
use std::time::Duration;

use liftlock_verbs::Site;

use crate::parts::Task;

/// How often.
const EVERY: Duration = Duration::from_secs(15 * 60);

/// Forgets requests a day after they were begun, while the server runs.
pub fn forgetting(site: Arc<Site>) -> Task {
    Task::new("requests", move |shutdown| async move {
        loop {
            match site.store.prune_requests().await {
                Ok(count) => tracing::debug!(count, "requests were forgotten"),
                Err(error) => tracing::warn!(%error, "requests cannot be forgotten"),
            }
            tokio::select! {
                () = shutdown.requested() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    })
}
