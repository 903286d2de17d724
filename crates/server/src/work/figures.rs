//! What the worker does, as figures.

use liftlock_engine::worker::Work;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;

use crate::metrics::Metrics;

/// Looks at pipelines, by how they ended, and how many there are.
#[derive(Clone)]
pub(super) struct Figures {
    looks: Family<Ended, Counter>,
    took: Histogram,
    carried: Counter,
    pipelines: Gauge,
    late: Gauge,
    ticks: Gauge,
    unread: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    result: &'static str,
}

impl Figures {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let figures = Self {
            looks: Family::default(),
            // Five milliseconds to an hour and a half.
            took: Histogram::new(exponential_buckets(0.005, 4.0, 11)),
            carried: Counter::default(),
            pipelines: Gauge::default(),
            late: Gauge::default(),
            ticks: Gauge::default(),
            unread: Counter::default(),
        };
        let mut registry = metrics.registry();
        let looks = "Looks of the worker at a pipeline: done, partly, elsewhere, failed";
        registry.register("worker_looks", looks, figures.looks.clone());
        registry.register_with_unit(
            "worker_look_duration",
            "How long a look took, with what was carried out",
            Unit::Seconds,
            figures.took.clone(),
        );
        let carried = "Promotions that this worker carried out, or on";
        registry.register("worker_carried", carried, figures.carried.clone());
        let pipelines = "Pipelines that the worker knows";
        registry.register("worker_pipelines", pipelines, figures.pipelines.clone());
        let late = "Pipelines that may go on and wait for their turn";
        registry.register("worker_queue", late, figures.late.clone());
        let ticks = "Looks that are under way";
        registry.register("worker_looks_under_way", ticks, figures.ticks.clone());
        let unread = "Times that the state could not be asked what was recorded";
        registry.register("worker_state_unread", unread, figures.unread.clone());
        drop(registry);
        figures
    }

    pub(super) fn count(&self, work: &Work<'_>) {
        match work {
            Work::Ticked { report, took, .. } => {
                self.looked(if report.has_failed() {
                    "partly"
                } else {
                    "done"
                });
                self.took.observe(took.duration().as_secs_f64());
                self.carried.inc_by(report.carried.len() as u64);
            }
            Work::Elsewhere { .. } => self.looked("elsewhere"),
            Work::Failed { .. } => self.looked("failed"),
            Work::Unread { .. } => {
                self.unread.inc();
            }
            Work::Standing {
                pipelines,
                late,
                ticks,
            } => {
                set(&self.pipelines, *pipelines);
                set(&self.late, *late);
                set(&self.ticks, *ticks);
            }
            Work::Stopping { .. } | Work::Stopped { .. } => {}
        }
    }

    fn looked(&self, result: &'static str) {
        self.looks.get_or_create(&Ended { result }).inc();
    }
}

fn set(gauge: &Gauge, count: usize) {
    gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
}
