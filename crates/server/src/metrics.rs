//! Figures for Prometheus, in the OpenMetrics text format.

mod access;
mod follow;
mod gauged;
mod http;
mod labels;
mod promotions;
mod registries;
mod standing;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub use access::{MetricsAccess, MetricsToken};
pub(crate) use follow::follow;
pub(crate) use gauged::Gauged;
pub(crate) use http::Http;
use promotions::Promotions;

/// The media type of [`Metrics::text`].
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All figures of a server. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    pub(crate) http: Arc<Http>,
    pub(crate) promotions: Arc<Promotions>,
    pub(crate) entries: Gauge,
    pub(crate) unread: Counter,
    pub(crate) tasks_ended: Counter,
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("liftlock");
        let http = Http::new(&mut registry);
        let promotions = Promotions::new(&mut registry);
        let entries = Gauge::default();
        registry.register("ledger_entries", "Entries in the ledger", entries.clone());
        let unread = Counter::default();
        registry.register(
            "ledger_entries_unread",
            "Entries that this version cannot read, and which are in no figure",
            unread.clone(),
        );
        let tasks_ended = Counter::default();
        registry.register(
            "tasks_ended_early",
            "Tasks beside the requests that ended although nobody asked them to",
            tasks_ended.clone(),
        );
        Self {
            registry: Arc::new(Mutex::new(registry)),
            http: Arc::new(http),
            promotions: Arc::new(promotions),
            entries,
            unread,
            tasks_ended,
        }
    }

    /// Where others register figures of theirs; names get the prefix `liftlock_`. What registers
    /// answers for how many labels there can be.
    pub fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All figures as they are now.
    ///
    /// # Errors
    /// Where a figure of someone else's cannot be written.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry())?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
