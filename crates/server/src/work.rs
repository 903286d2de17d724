//! The worker as a task of the server: pipelines go on by themselves while it serves.

mod figures;
mod sightings;

use std::sync::Arc;

use liftlock_core::{Actor, Span};
use liftlock_engine::EngineError;
use liftlock_engine::ports::StoreError;
use liftlock_engine::worker::{Pace, Stop, Wake, Work, WorkError, Workplace, work};
use liftlock_verbs::{Site, work_on};

use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::parts::Task;
use crate::shutdown::Shutdown;
use figures::Figures;

/// How much of the time that a server has for its end is left to come to it once its worker waits
/// for nothing any more.
const SPARE: Span = Span::from_secs(3);

impl Task {
    /// Works on all pipelines of a site as `actor` at `pace`, woken by `wake`, and counts it in
    /// `metrics`. Once the server ends it begins nothing more, and leaves what does not end soon to
    /// the next that works on the same state.
    pub fn worker(
        (site, actor): (Arc<Site>, Actor),
        pace: Pace,
        wake: Wake,
        limits: &Limits,
        metrics: &Metrics,
    ) -> Self {
        let figures = Figures::new(metrics);
        let pace = within(pace, limits);
        Self::new("worker", move |shutdown| async move {
            let stop = Stop::default();
            let stopping = stops(shutdown, stop.clone());
            let told = |work: &Work<'_>| {
                figures.count(work);
                log(work);
            };
            let working = work_on(site, actor, pace, (&wake, &stop), &told);
            tokio::join!(stopping, working);
        })
    }

    /// The same for an agent, on a place of its own, without figures.
    pub fn agent<W: Workplace + 'static>(place: W, pace: Pace, limits: &Limits) -> Self {
        let pace = within(pace, limits);
        Self::new("agent", move |shutdown| async move {
            let (wake, stop) = (Wake::default(), Stop::default());
            let stopping = stops(shutdown, stop.clone());
            let working = work(&place, &pace, (&wake, &stop), &log);
            tokio::join!(stopping, working);
        })
    }
}

/// A pace that leaves the server the time that it needs for its end.
fn within(pace: Pace, limits: &Limits) -> Pace {
    let time = i64::try_from(limits.shutdown_time.as_micros()).unwrap_or(i64::MAX);
    let finish_within = Span::from_us(time).left_after(SPARE);
    Pace {
        finish_within: finish_within.min(pace.finish_within),
        ..pace
    }
}

async fn stops(shutdown: Shutdown, stop: Stop) {
    shutdown.requested().await;
    stop.set();
}

/// What went wrong with each, but for a server that does not answer: who asks it says so itself.
fn said<T>(failed: &[(T, EngineError)]) -> impl Iterator<Item = &(T, EngineError)> {
    let silent =
        |error: &EngineError| matches!(error, EngineError::Store(StoreError::Silent { .. }));
    failed.iter().filter(move |(_, error)| !silent(error))
}

/// What the worker did, for the log.
fn log(work: &Work<'_>) {
    match work {
        Work::Ticked {
            pipeline,
            report,
            took,
            ..
        } => {
            for carried in &report.carried {
                let (promotion, outcome) = (carried.promotion, carried.outcome());
                let outcome = outcome.map_or_else(|| "left".to_owned(), |o| format!("{o:?}"));
                tracing::info!(%pipeline, %promotion, outcome, %took, "a promotion was carried out");
            }
            for promotion in &report.expired {
                tracing::info!(%pipeline, %promotion, "a promotion expired");
            }
            for (promotion, error) in said(&report.failed) {
                tracing::warn!(%pipeline, %promotion, %error, "a promotion could not be looked at");
            }
            for (environment, error) in said(&report.unasked).chain(said(&report.unlooked)) {
                tracing::warn!(%pipeline, %environment, %error, "an environment could not be looked at");
            }
            for unproven in &report.unproven {
                let (promotion, error) = (unproven.promotion, &unproven.reason);
                tracing::warn!(%pipeline, %promotion, error, "a promotion is not proven yet");
            }
            for (environment, events) in &report.looked {
                let changes = events.len();
                tracing::info!(%pipeline, %environment, changes, "an environment is otherwise than before");
            }
        }
        // Who asks a server says so itself, once.
        Work::Failed {
            error: WorkError::Engine(EngineError::Store(StoreError::Silent { .. })),
            ..
        }
        | Work::Unread {
            error: StoreError::Silent { .. },
        } => {}
        Work::Failed {
            pipeline, error, ..
        } => tracing::warn!(%pipeline, %error, "a pipeline could not be looked at"),
        Work::Unread { error } => tracing::warn!(%error, "the state could not be read"),
        Work::Stopping { ticks } => tracing::info!(ticks, "the worker stops"),
        Work::Stopped { left } if *left > 0 => {
            tracing::warn!(left, "what did not end is left to the next worker");
        }
        Work::Elsewhere { .. } | Work::Standing { .. } | Work::Stopped { .. } => {}
    }
}
