//! Stopping without leaving anything half-done that could be finished.

use std::sync::Arc;

use tokio::sync::watch;

/// A wish to stop, which everyone who has a copy sees. Once set it stays.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// From now on nothing is begun: no look, no promotion, no step. What runs goes on to its end.
    pub fn set(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is wished.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub async fn wished(&self) {
        // The sender is here, so it cannot be gone.
        let _ = self.0.subscribe().wait_for(|set| *set).await;
    }
}
