//! Work beside the requests: begun with the server, waited for at its end.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use prometheus_client::metrics::counter::Counter;
use tokio::task::JoinSet;

use crate::parts::Task;
use crate::shutdown::Shutdown;

/// Which tasks have ended although nobody asked them to.
#[derive(Debug, Clone)]
pub(crate) struct Tasks {
    early: Arc<Mutex<Vec<&'static str>>>,
    count: Counter,
}

impl Tasks {
    /// Those that end early are counted by `count`.
    pub(crate) fn new(count: Counter) -> Self {
        let early = Arc::default();
        Self { early, count }
    }

    /// Begins `tasks`. Each gives its name when it ends.
    pub(crate) fn begin(&self, tasks: Vec<Task>, shutdown: &Shutdown) -> JoinSet<&'static str> {
        let mut running = JoinSet::new();
        for task in tasks {
            let (tasks, shutdown) = (self.clone(), shutdown.clone());
            running.spawn(async move {
                let work = (task.begin)(shutdown.clone());
                let panicked = std::panic::AssertUnwindSafe(work)
                    .catch_unwind()
                    .await
                    .is_err();
                if panicked || !shutdown.is_requested() {
                    tracing::error!(task = task.name, panicked, "a task ended before the server");
                    tasks.ended_early(task.name);
                    tasks.count.inc();
                }
                task.name
            });
        }
        running
    }

    fn ended_early(&self, name: &'static str) {
        let mut ended = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        ended.push(name);
    }

    /// Those that have ended although nobody asked them to.
    pub(crate) fn ended(&self) -> Vec<&'static str> {
        let ended = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        ended.clone()
    }
}
