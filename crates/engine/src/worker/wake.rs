//! Hints that a pipeline may go on.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use liftlock_core::PipelineName;
use tokio::sync::Notify;

/// The most pipelines that are remembered until the worker takes them; of a worker that is that far
/// behind each one has its turn anyway.
const HINTS_MAX: usize = 100_000;

/// Wakes a worker for a pipeline. A hint carries no decision: one that is lost or wrong costs a
/// later or a vain look. Every copy wakes the same worker.
#[derive(Clone, Default)]
pub struct Wake(Arc<Hints>);

#[derive(Default)]
struct Hints {
    pipelines: Mutex<BTreeSet<PipelineName>>,
    notify: Notify,
}

impl Wake {
    /// Something happened that this pipeline may wait for: a registry or a webhook said so.
    pub fn wake(&self, pipeline: &PipelineName) {
        let mut pipelines = self.0.lock();
        if pipelines.len() < HINTS_MAX {
            pipelines.insert(pipeline.clone());
        }
        drop(pipelines);
        self.0.notify.notify_one();
    }

    /// Somebody recorded something: it is looked at once what.
    pub fn wake_all_that_changed(&self) {
        self.0.notify.notify_one();
    }

    pub(super) fn take(&self) -> BTreeSet<PipelineName> {
        std::mem::take(&mut *self.0.lock())
    }

    pub(super) async fn woken(&self) {
        self.0.notify.notified().await;
    }
}

impl Hints {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<PipelineName>> {
        self.pipelines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wake").finish_non_exhaustive()
    }
}
