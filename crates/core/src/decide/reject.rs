//! `reject`: someone who may approve says no, which ends the promotion.

use super::{approve, text};
use crate::event::Event;
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
    let environment = policy
        .environment(place.1)
        .ok_or_else(|| Refusal::unknown_environment(policy, place.1))?;
    // Whoever is excluded from approving may still say no.
    let rules = approve::approval_rules(environment);
    let member = rules
        .iter()
        .any(|(_, rule)| policy.any_means(&rule.by, actor));
    let token = actor.identity.is_machine();
    if !policy.counts(actor) || token || !(member || policy.is_owner(actor)) {
        let by: Vec<_> = rules.iter().flat_map(|(_, rule)| rule.by.clone()).collect();
        let members: Vec<_> = policy.members(&by).into_iter().collect();
        return Err(Refusal::NotAllowed {
            actor: actor.clone(),
            what: format!("reject a promotion to {}", place.1),
            who: format!(
                "allowed are those who may approve it ({}) and the owners",
                members.join(", ")
            ),
        });
    }
    let outcome = Outcome::Rejected {
        reason: text::reason(reason)?,
    };
    Ok(vec![Event::PromotionEnded {
        promotion: promotion.request.id,
        outcome,
    }])
}
