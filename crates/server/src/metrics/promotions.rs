//! What became of promotions, out of the ledger's entries.

use liftlock_core::event::{Entry, Event};
use liftlock_core::promotion::{Outcome, Promotion};
use liftlock_core::{PipelineName, PromotionId, State, Time};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{Known, Where};
use super::standing::Standing;

/// From ten seconds to a month: what waits for persons and soak.
const WAITS_S: [f64; 12] = [
    10.0,
    60.0,
    300.0,
    900.0,
    3600.0,
    14_400.0,
    43_200.0,
    86_400.0,
    259_200.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
];

/// What became of promotions.
pub(crate) struct Promotions {
    pub(super) known: Known,
    requested: Family<Where, Counter>,
    ended: Family<EndedAs, Counter>,
    gate_wait: Family<Where, Histogram>,
    lead_time: Family<Where, Histogram>,
    pub(super) standing: Standing,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndedAs {
    pipeline: String,
    environment: String,
    outcome: &'static str,
}

impl Promotions {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let waits = || Histogram::new(WAITS_S);
        let this = Self {
            known: Known::default(),
            requested: Family::default(),
            ended: Family::default(),
            gate_wait: Family::new_with_constructor(waits),
            lead_time: Family::new_with_constructor(waits),
            standing: Standing::new(registry),
        };
        let requested = "Promotions asked for";
        registry.register("promotions_requested", requested, this.requested.clone());
        let ended = "Promotions that ended, by how";
        registry.register("promotions_ended", ended, this.ended.clone());
        registry.register_with_unit(
            "promotion_gate_wait",
            "From the request of a promotion until all gates had passed",
            Unit::Seconds,
            this.gate_wait.clone(),
        );
        registry.register_with_unit(
            "release_lead_time",
            "From the creation of a release until it was verified in an environment",
            Unit::Seconds,
            this.lead_time.clone(),
        );
        this
    }

    /// Counts an entry that is in `state`.
    pub(super) fn count(&self, entry: &Entry, state: &State) {
        let pipeline = &entry.pipeline;
        match &entry.event {
            Event::PromotionRequested(request) => {
                let place = self.known.of(pipeline, &request.environment);
                self.requested.get_or_create(&place).inc();
            }
            Event::PromotionCommitted { promotion, .. } => {
                if let Some((place, promotion)) = self.find(pipeline, state, promotion) {
                    let waited = seconds(promotion.requested_at, entry.time);
                    self.gate_wait.get_or_create(&place).observe(waited);
                }
            }
            Event::PromotionEnded { promotion, outcome } => {
                if let Some((place, promotion)) = self.find(pipeline, state, promotion) {
                    self.end(place, promotion, outcome, (entry, state));
                }
            }
            _ => {}
        }
    }

    fn find<'a>(
        &self,
        pipeline: &PipelineName,
        state: &'a State,
        id: &PromotionId,
    ) -> Option<(Where, &'a Promotion)> {
        let promotion = state.promotions.get(id)?;
        let place = self.known.of(pipeline, &promotion.request.environment);
        Some((place, promotion))
    }

    fn end(
        &self,
        place: Where,
        promotion: &Promotion,
        outcome: &Outcome,
        (entry, state): (&Entry, &State),
    ) {
        let release = state.releases.get(&promotion.request.release);
        if let (Outcome::Succeeded, Some(release)) = (outcome, release) {
            let lead = seconds(release.created_at, entry.time);
            self.lead_time.get_or_create(&place).observe(lead);
        }
        let labels = EndedAs {
            pipeline: place.pipeline,
            environment: place.environment,
            outcome: word(outcome),
        };
        self.ended.get_or_create(&labels).inc();
    }
}

/// The word that the ledger has for an outcome.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed { .. } => "failed",
        Outcome::RolledBack { .. } => "rolled-back",
        Outcome::NothingToReturnTo { .. } => "nothing-to-return-to",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Cancelled { .. } => "cancelled",
        Outcome::Superseded { .. } => "superseded",
        Outcome::Expired => "expired",
    }
}

fn seconds(from: Time, to: Time) -> f64 {
    let us = to.us().saturating_sub(from.us()).max(0);
    std::time::Duration::from_micros(us.cast_unsigned()).as_secs_f64()
}
