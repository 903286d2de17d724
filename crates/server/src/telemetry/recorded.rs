//! What was recorded, as lines of the log.

use liftlock_core::event::{Entry, Event};
use liftlock_core::promotion::Promotion;
use liftlock_core::{PromotionId, State};
use serde_json::Value;

/// One line for an entry that is in `state`: who did what, to which promotion and images. What a
/// person wrote is in the ledger, and not here.
pub(crate) fn log(seq: u64, entry: &Entry, state: &State) {
    let id = promotion(&entry.event);
    let promotion = id.and_then(|id| state.promotions.get(id));
    tracing::info!(
        target: "liftlock::recorded",
        seq,
        pipeline = %entry.pipeline,
        event = kind(&entry.event),
        actor = %entry.actor.identity,
        promotion = id.map(tracing::field::display),
        environment = promotion.map(|of| tracing::field::display(&of.request.environment)),
        release = promotion.map(|of| tracing::field::display(&of.request.release)),
        digest = promotion.map(|of| digests(of, state)),
        "recorded"
    );
}

/// The promotion that an event is about.
fn promotion(event: &Event) -> Option<&PromotionId> {
    match event {
        Event::PromotionRequested(request) => Some(&request.id),
        Event::ApprovalGiven(content) => Some(&content.promotion),
        Event::ApprovalWithdrawn { promotion, .. }
        | Event::PromotionCommitted { promotion, .. }
        | Event::PromotionReopened { promotion, .. }
        | Event::StepStarted { promotion, .. }
        | Event::StepFinished { promotion, .. }
        | Event::StepFailed { promotion, .. }
        | Event::ReversalStarted { promotion, .. }
        | Event::PromotionEnded { promotion, .. } => Some(promotion),
        _ => None,
    }
}

/// The digests of a promotion's images, with commas.
pub(super) fn digests(promotion: &Promotion, state: &State) -> String {
    let release = state.releases.get(&promotion.request.release);
    let images = release
        .iter()
        .flat_map(|release| release.content.images.values());
    let digests: Vec<String> = images.map(|image| image.image.digest.to_string()).collect();
    digests.join(",")
}

/// An event's word in the ledger.
fn kind(event: &Event) -> String {
    let document = serde_json::to_value(event).unwrap_or_default();
    let word = document.get("type").and_then(Value::as_str);
    word.unwrap_or("unknown").to_owned()
}
