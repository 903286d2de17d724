//! `cancel`: a waiting promotion is called off, by who asked for it or whom the policy lets.

use super::{approve, text};
use crate::event::Event;
use crate::policy::Verb;
use crate::promotion::Outcome;
use crate::{Actor, EnvironmentName, Refusal, ReleaseName, State};

pub(super) fn decide(
    state: &State,
    place: (&ReleaseName, &EnvironmentName),
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let promotion = approve::waiting(state, place)?;
    let own = policy.counts(actor)
        && policy.person(&promotion.requested_by.identity) == policy.person(&actor.identity);
    if !own && !policy.permits(Verb::Cancel, actor) {
        return Err(Refusal::not_allowed(policy, Verb::Cancel, actor));
    }
    let outcome = Outcome::Cancelled {
        reason: text::reason(reason)?,
    };
    Ok(vec![Event::PromotionEnded {
        promotion: promotion.request.id,
        outcome,
    }])
}
