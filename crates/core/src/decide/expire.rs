//! Promotions that were open for too long end.

use crate::event::Event;
use crate::promotion::{Outcome, Status};
use crate::{State, Time};

pub(super) fn decide(state: &State, now: Time) -> Vec<Event> {
    let open = state.open_promotions();
    let late = open.filter(|p| p.status == Status::Waiting && p.request.expires_at <= now);
    late.map(|p| Event::PromotionEnded {
        promotion: p.request.id,
        outcome: Outcome::Expired,
    })
    .collect()
}
