//! `withdraw`: a person takes approvals back.

use super::{approve, text};
use crate::event::Event;
use crate::{Actor, EnvironmentName, Refusal, ReleaseName, State};

pub(super) fn decide(
    state: &State,
    place: (&ReleaseName, &EnvironmentName),
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let promotion = approve::waiting(state, place)?;
    let person = policy.person(&actor.identity);
    let reason = text::reason(reason)?;
    let own = promotion.approvals.iter().filter(|approval| {
        approval.withdrawn.is_none() && policy.person(&approval.by.identity) == person
    });
    let events: Vec<Event> = own
        .map(|approval| Event::ApprovalWithdrawn {
            promotion: promotion.request.id,
            approval: approval.content.id,
            reason: reason.clone(),
        })
        .collect();
    if events.is_empty() || !policy.counts(actor) {
        let message = format!(
            "{actor} has no approval of {} to take back",
            promotion.request.id
        );
        return Err(Refusal::NoApproval { message });
    }
    Ok(events)
}
