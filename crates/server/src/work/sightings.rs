//! Workers with labels are seen: kept in the state, for who waits for one.

use std::collections::BTreeSet;
use std::time::Duration;

use liftlock_core::{Label, PersonName};
use liftlock_store::DatabaseStore;
use liftlock_verbs::now;

use crate::parts::Task;

/// How often it is kept that a worker is there.
const SEEN_EVERY: Duration = Duration::from_secs(30);

impl Task {
    /// Keeps in the state that a worker of this name, with these labels, is there; nothing for one
    /// without.
    pub fn sightings(
        store: &DatabaseStore,
        name: &PersonName,
        labels: BTreeSet<Label>,
    ) -> Option<Self> {
        let (store, name) = (store.clone(), name.clone());
        (!labels.is_empty()).then(|| {
            Self::new("sightings", move |shutdown| async move {
                let mut every = tokio::time::interval(SEEN_EVERY);
                let labels: Vec<&str> = labels.iter().map(Label::as_str).collect();
                loop {
                    tokio::select! {
                        () = shutdown.requested() => return,
                        _ = every.tick() => {}
                    }
                    let kept = store.see_worker(name.as_str(), &labels, now().us()).await;
                    if let Err(error) = kept {
                        tracing::warn!(%error, "it could not be kept that this worker is there");
                    }
                }
            })
        })
    }
}
