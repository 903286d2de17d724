//! The server's worker, on the same engines as its requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use liftlock_core::{Actor, Authentication, Identity, Label, PersonName, PipelineName};
use liftlock_engine::Pipelines;
use liftlock_engine::worker::{Pace, Wake};
use liftlock_server::{Config, Parts, Shutdown, Task};
use liftlock_store::DatabaseStore;
use liftlock_verbs::Site;

/// The states of a server's pipelines, and what wakes its worker: whatever is recorded in them here.
pub(super) fn pipelines() -> (Arc<Pipelines>, Wake) {
    let wake = Wake::default();
    let woken = wake.clone();
    let told = Arc::new(move |_: &PipelineName, _| woken.wake_all_that_changed());
    (Arc::new(Pipelines::default().telling(told)), wake)
}

/// Adds the task that works on all pipelines of the state.
pub(super) fn begin(
    (parts, config): (&mut Parts, &Config),
    site: Arc<Site>,
    (name, labels): (&PersonName, BTreeSet<Label>),
    wake: Wake,
) {
    parts
        .tasks
        .extend(Task::sightings(&site.store, name, labels));
    let actor = Actor {
        identity: Identity::Worker(name.clone()),
        authentication: Authentication::Authenticated,
    };
    let pace = Pace {
        seed: u64::from(std::process::id()),
        ..Pace::default()
    };
    if site.store.tells_of_changes() {
        let (store, wake) = (site.store.clone(), wake.clone());
        let follow = move |shutdown| follow(store, wake, shutdown);
        parts.tasks.push(Task::new("changes", follow));
    }
    let task = Task::worker((site, actor), pace, wake, &config.limits, &parts.metrics);
    parts.tasks.push(task);
}

/// Wakes the worker for what other processes record. What it is not told of it finds a little later.
async fn follow(store: DatabaseStore, wake: Wake, shutdown: Shutdown) {
    let telling = async {
        let mut hints = store.hints();
        while hints.next().await.is_some() {
            wake.wake_all_that_changed();
        }
        std::future::pending().await
    };
    tokio::select! {
        () = shutdown.requested() => {}
        () = telling => {}
    }
}
