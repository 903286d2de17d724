//! The task that tells others what is recorded.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use liftlock_core::Time;
use liftlock_engine::ports::Store as _;
use liftlock_hooks::outgoing::Source;
use liftlock_hooks::sending::{Endpoint, Http, Sender, Surroundings};
use liftlock_store::DatabaseStore;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::parts::Task;
use crate::shutdown::Shutdown;

/// The lease of who sends: with two, messages may come out of order.
const LEASE: &str = "hooks";
/// How often another replica's lease is asked for.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// How often the ledger's size is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The task that sends to these endpoints; of several replicas one does.
pub fn sending(store: DatabaseStore, endpoints: Vec<Endpoint>, source: Source) -> Task {
    sending_at(store, endpoints, source, LOOK_EVERY)
}

/// The same, with another pace of looking at the ledger.
pub fn sending_at(
    store: DatabaseStore,
    endpoints: Vec<Endpoint>,
    source: Source,
    look_every: Duration,
) -> Task {
    Task::new("webhooks", move |shutdown| async move {
        let lease = loop {
            match store.acquire(LEASE).await {
                Ok(Some(lease)) => break lease,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "webhooks wait for the state"),
            }
            tokio::select! {
                () = sleep(ASK_EVERY) => {}
                () = shutdown.requested() => return,
            }
        };
        let (wake, woken) = watch::channel(0);
        let looking = look(store.clone(), wake, look_every);
        let sender = Sender::new(store, Http, endpoints, source, surroundings());
        tokio::select! {
            () = sender.run(woken, requested(shutdown)) => {}
            () = looking => {}
        }
        drop(lease);
    })
}

async fn requested(shutdown: Shutdown) {
    shutdown.requested().await;
}

/// Wakes the sender when the ledger has grown.
async fn look(store: DatabaseStore, wake: watch::Sender<u64>, every: Duration) {
    loop {
        // A state that cannot be read is for readiness to say.
        if let Ok(head) = store.ledger_head().await {
            wake.send_if_modified(|size| std::mem::replace(size, head.size) != head.size);
        }
        sleep(every).await;
    }
}

fn surroundings() -> Surroundings {
    Surroundings {
        now: Box::new(|| {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            Time::from_us(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
        }),
        // Without chance what fails at once comes again at once: no more than that.
        chance: Box::new(|| getrandom::u64().unwrap_or_default()),
        failed: Box::new(|endpoint, error| {
            tracing::warn!(endpoint, %error, "webhooks wait for the state");
        }),
    }
}
