//! `unfreeze`: a freeze ends before its time.

use super::text;
use crate::event::Event;
use crate::freeze::Scope;
use crate::policy::Verb;
use crate::{Actor, Refusal, State, Time};

pub(super) fn decide(
    state: &State,
    scope: &Scope,
    reason: Option<&str>,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    if !policy.permits(Verb::Freeze, actor) {
        let refused = Refusal::not_allowed_to("unfreeze", policy, Verb::Freeze, actor);
        return Err(refused);
    }
    if state.freeze(scope, now).is_none() {
        // Of an environment that the policy does not have any more, a freeze may be left.
        if let Scope::Environment(environment) = scope {
            policy.require(environment)?;
        }
        return Err(Refusal::NotFrozen {
            scope: scope.clone(),
            others: state
                .in_force(now)
                .map(|freeze| freeze.scope.clone())
                .collect(),
        });
    }
    Ok(vec![Event::FreezeEnded {
        scope: scope.clone(),
        reason: reason.map(text::reason).transpose()?,
    }])
}
