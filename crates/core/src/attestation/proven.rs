//! Which promotion is proven to be in the ledger, and beside which images the proof belongs.

use liftlock_oci::PinnedRef;

use crate::promotion::{Outcome, Promotion, Status};
use crate::{EnvironmentName, Event, PromotionId, Span, State, Time};

/// How long after its end a promotion's proof is still put beside its images: 7 days. An image
/// that is gone from its registry is not tried for ever.
pub const PROOF_WITHIN: Span = Span::from_secs(7 * 24 * 60 * 60);

/// A promotion that is to be proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Which.
    pub promotion: PromotionId,
    /// Where it brought its release.
    pub environment: EnvironmentName,
    /// When it ended.
    pub at: Time,
}

/// The promotion of an environment whose proof is to be there: the one that made its release
/// current, once it has succeeded. One that failed is never proven beside an image: who looks at
/// little more than that there is a proof would take it for a permission.
pub fn to_prove(state: &State, environment: &EnvironmentName) -> Option<Proven> {
    let current = state.environment(environment).current.as_ref()?;
    let promotion = state.promotions.get(&current.promotion)?;
    match promotion.status {
        Status::Ended(Outcome::Succeeded) => Some(Proven {
            promotion: promotion.request.id,
            environment: environment.clone(),
            at: promotion.ended_at?,
        }),
        _ => None,
    }
}

/// Every image in every place beside which a promotion's proof belongs: none where its environment
/// has nothing signed beside images, or where it ended longer than [`PROOF_WITHIN`] before `now`.
pub fn beside(state: &State, promotion: PromotionId, now: Time) -> Vec<PinnedRef> {
    let find = || -> Option<Vec<PinnedRef>> {
        let promotion = state.promotions.get(&promotion)?;
        let policy = state.policy().ok()?;
        policy
            .environment(&promotion.request.environment)?
            .sign
            .as_ref()?;
        if now.since(promotion.ended_at?) > PROOF_WITHIN {
            return None;
        }
        let mut images: Vec<PinnedRef> = places(promotion)?;
        images.sort();
        images.dedup();
        Some(images)
    };
    find().unwrap_or_default()
}

fn places(promotion: &Promotion) -> Option<Vec<PinnedRef>> {
    let plan = promotion.plan.as_ref()?;
    Some(plan.places().into_values().flatten().collect())
}

/// The events whose entries prove a promotion: with which plan, digests and verdicts it was
/// committed, and that it succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvenBy {
    /// Its last commit.
    Committed,
    /// Its end.
    Ended,
}

impl ProvenBy {
    /// In the ledger's order.
    pub const ALL: [Self; 2] = [Self::Committed, Self::Ended];

    /// One word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Ended => "ended",
        }
    }

    /// Whether this event is it.
    pub fn is(self, event: &Event, id: PromotionId) -> bool {
        match (self, event) {
            (Self::Committed, Event::PromotionCommitted { promotion, .. }) => *promotion == id,
            (Self::Ended, Event::PromotionEnded { promotion, outcome }) => {
                *promotion == id && *outcome == Outcome::Succeeded
            }
            _ => false,
        }
    }
}
