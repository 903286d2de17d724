//! `evidence revoke`: by who submitted it, or whom the policy lets revoke.

use super::text;
use crate::event::Event;
use crate::policy::Verb;
use crate::{Actor, EvidenceId, Refusal, State};

pub(super) fn decide(
    state: &State,
    id: EvidenceId,
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let found =
        id.0.checked_sub(1)
            .and_then(|index| state.evidence.get(index as usize));
    let evidence = found.ok_or_else(|| Refusal::Unknown {
        what: "evidence",
        name: id.to_string(),
        known: "see `liftlock evidence list RELEASE`".to_owned(),
    })?;
    if evidence.revoked.is_some() {
        return Err(Refusal::Revoked(id));
    }
    // Whoever came across a signed statement has not said it.
    let submitted = evidence.content.attested.is_none();
    let own = submitted && policy.counts(actor) && evidence.by.identity == actor.identity;
    if !own && !policy.permits(Verb::Revoke, actor) {
        return Err(Refusal::not_allowed(policy, Verb::Revoke, actor));
    }
    Ok(vec![Event::EvidenceRevoked {
        id,
        reason: text::reason(reason)?,
    }])
}
