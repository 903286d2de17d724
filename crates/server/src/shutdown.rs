//! That the server is to end, told to everyone who has to know.

use std::sync::Arc;

use tokio::sync::watch;

/// Told once to all its clones. Who works for long asks [`is_requested`](Self::is_requested)
/// between steps, or waits for [`requested`](Self::requested) beside its work, and then hands on or
/// finishes what it has begun.
#[derive(Debug, Clone)]
pub struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    /// Not requested yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Tells everyone. Again changes nothing.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// Whether the server is to end.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Until the server is to end.
    pub async fn requested(&self) {
        let mut told = self.0.subscribe();
        // The sender lives as long as `self` does.
        let _ = told.wait_for(|requested| *requested).await;
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}
