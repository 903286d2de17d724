//! What requests have begun, which the server's end waits for.

use std::sync::Arc;

use liftlock_verbs::Site;
use tokio::sync::watch;

use crate::parts::Task;

/// How many requests are carried out now, whether or not their clients still wait.
#[derive(Clone)]
pub(super) struct Works(Arc<watch::Sender<usize>>);

/// One of them, until it is dropped.
pub(super) struct AtWork(Works);

impl Works {
    pub(super) fn none() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(super) fn begin(&self) -> AtWork {
        self.0.send_modify(|count| *count += 1);
        AtWork(self.clone())
    }

    /// Once the server ends, requests begin nothing more: what they carry out is left after its
    /// step, for the next who takes its lease. It is waited for that.
    pub(super) fn task(self, site: Arc<Site>) -> Task {
        Task::new("work of requests", |shutdown| async move {
            shutdown.requested().await;
            site.stop.set();
            // The sender is here, so it cannot be gone.
            let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
        })
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}
