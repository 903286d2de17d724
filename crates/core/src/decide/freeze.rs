//! `freeze`: no promotion begins there until an instant. A freeze of the same scope that is in
//! force is replaced, whether that makes it longer or shorter; the record keeps both.

use super::text;
use crate::event::Event;
use crate::freeze::{FREEZE_MAX, Scope, Until};
use crate::policy::Verb;
use crate::{Actor, Refusal, State, Time};

pub(super) fn decide(
    state: &State,
    scope: &Scope,
    until: Until,
    reason: &str,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    policy.demand(Verb::Freeze, actor)?;
    if let Scope::Environment(environment) = scope {
        policy.require(environment)?;
    }
    let until = until.instant(now);
    let refused = |message: String| Refusal::Invalid {
        what: format!("the end of the freeze, {until:#},"),
        message,
    };
    if until <= now {
        return Err(refused(format!("is not in the future; it is {now:#}")));
    }
    if until > now + FREEZE_MAX {
        let message = format!(
            "is more than {FREEZE_MAX} away; exclude days from a window in the policy for what is known that long before"
        );
        return Err(refused(message));
    }
    let reason = text::reason(reason)?;
    let same = state.freeze(scope, now).is_some_and(|freeze| {
        (freeze.until, &freeze.reason, &freeze.by.identity) == (until, &reason, &actor.identity)
    });
    if same {
        return Ok(Vec::new());
    }
    Ok(vec![Event::FreezeStarted {
        scope: scope.clone(),
        until,
        reason,
    }])
}
