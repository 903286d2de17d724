//! How large the ledger is, known to all who wait for it to grow.

use std::time::Duration;

use tokio::sync::watch;

use crate::shared::Shared;

/// How often the ledger's head is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The ledger's size, as last seen.
#[derive(Debug, Clone)]
pub(crate) struct Head(watch::Sender<u64>);

impl Head {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Wakes whoever waits when the ledger has grown.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// Looks at the head until the server ends. A state that cannot be read is for readiness to say.
pub(crate) async fn follow(shared: Shared) {
    loop {
        if let Ok(head) = shared.store.ledger_head().await {
            shared.head.0.send_if_modified(|size| {
                let grown = *size < head.size;
                *size = head.size;
                grown
            });
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = shared.shutdown.requested() => return,
        }
    }
}
