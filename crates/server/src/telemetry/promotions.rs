//! Promotions that ended, as spans: from the request to the end, with each step within.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use liftlock_core::event::{Entry, Event};
use liftlock_core::promotion::{Journal, Promotion, Status};
use liftlock_core::{State, Time};
use opentelemetry::trace::{Span as _, SpanBuilder, Status as SpanStatus, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};

use super::Traces;
use super::recorded::digests;

/// The most steps of one promotion that are spans.
const STEPS_MAX: usize = 500;

/// Makes spans of what was recorded.
pub(crate) struct Traced<T = opentelemetry::global::BoxedTracer>(T);

impl Traced {
    /// With the tracer of this process; where there is none, nothing is done.
    pub(crate) fn new() -> Self {
        Self(Traces::tracer())
    }
}

impl<T: Tracer> Traced<T>
where
    T::Span: Send + Sync + 'static,
{
    /// Makes spans of an entry with which a promotion ended.
    pub(crate) fn entry(&self, entry: &Entry, state: &State) {
        let Event::PromotionEnded { promotion, .. } = &entry.event else {
            return;
        };
        if let Some(promotion) = state.promotions.get(promotion) {
            self.promotion(promotion, entry, state);
        }
    }

    fn promotion(&self, promotion: &Promotion, entry: &Entry, state: &State) {
        let request = &promotion.request;
        let text = |key: &'static str, value: String| KeyValue::new(key, value);
        let span = builder("promotion", promotion.requested_at).with_attributes([
            text("liftlock.pipeline", entry.pipeline.to_string()),
            text("liftlock.environment", request.environment.to_string()),
            text("liftlock.release", request.release.to_string()),
            text("liftlock.promotion", request.id.to_string()),
            text("liftlock.digest", digests(promotion, state)),
        ]);
        let span = self.0.build(span);
        let context = Context::new().with_span(span);
        let steps = promotion.plan.iter().flat_map(|plan| &plan.steps);
        let titles: Vec<String> = steps.map(|step| step.title()).collect();
        self.steps(&context, &promotion.journal, &titles);
        let succeeded = matches!(
            &promotion.status,
            Status::Ended(liftlock_core::promotion::Outcome::Succeeded)
        );
        if !succeeded {
            context
                .span()
                .set_status(SpanStatus::error("did not succeed"));
        }
        context.span().end_with_timestamp(instant(entry.time));
    }

    fn steps(&self, context: &Context, journal: &Journal, titles: &[String]) {
        for (step, record) in journal.0.iter().take(STEPS_MAX) {
            let Some(end) = &record.ended else { continue };
            let title = titles.get(*step as usize).cloned();
            let name = title.unwrap_or_else(|| format!("step {step}"));
            let span = builder(name, record.started_at);
            let mut span = self.0.build_with_context(span, context);
            if !end.done {
                span.set_status(SpanStatus::error("failed"));
            }
            span.end_with_timestamp(instant(end.at));
        }
    }
}

fn builder(name: impl Into<Cow<'static, str>>, from: Time) -> SpanBuilder {
    SpanBuilder::from_name(name).with_start_time(instant(from))
}

fn instant(time: Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(time.us().max(0).cast_unsigned())
}
