//! Something that a gauge counts while it lasts.

use prometheus_client::metrics::gauge::Gauge;

/// One more in a gauge; one less when it is dropped.
pub(crate) struct Gauged(Gauge);

impl Gauged {
    pub(crate) fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Gauged {
    fn drop(&mut self) {
        self.0.dec();
    }
}
