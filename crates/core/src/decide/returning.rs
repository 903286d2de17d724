//! An incident soon after a promotion: where the environment says so, it returns by itself to the
//! last known-good release. Never from a rollback, and only once.

use super::rollback::{Returning, committed, held};
use crate::event::Event;
use crate::observed::Observed;
use crate::policy::{RollbackOn, RollbackRule, Verb};
use crate::promotion::{Kind, Promotion, Trigger};
use crate::state::{Current, Doubt, Incident};
use crate::{Actor, EnvironmentName, Refusal, ReleaseName, Span, State, Time};

/// What follows from the incident that is open in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing by itself: the environment does not say so, or it came too late.
    Nothing,
    /// It returns to this release.
    Return {
        /// The release.
        release: ReleaseName,
        /// Why.
        kind: Kind,
        /// What made it necessary.
        trigger: Trigger,
    },
    /// It would return, and cannot: a person must act.
    Person {
        /// Why.
        why: &'static str,
    },
}

/// What follows by itself from the incident that is open in an environment.
pub fn answer_to_incident(state: &State, name: &EnvironmentName) -> Answer {
    let there = state.environment(name);
    let Some((incident, current)) = there.incident.as_ref().zip(there.current.as_ref()) else {
        return Answer::Nothing;
    };
    let Some(promotion) = state.promotions.get(&current.promotion) else {
        return Answer::Nothing;
    };
    if !is_soon(state, (name, promotion), incident, current) {
        return Answer::Nothing;
    }
    if promotion.is_rollback() || current.doubt == Some(Doubt::Left) {
        let why = "what is there came by a rollback, which is never rolled back by itself";
        return Answer::Person { why };
    }
    let Some(good) = state.known_good(name, Some(&current.release)).next() else {
        let why = "there is no known-good release to return to";
        return Answer::Person { why };
    };
    Answer::Return {
        release: good.release.clone(),
        kind: Kind::Rollback {
            from: Some(current.release.clone()),
            cause: None,
            reason: format!("incident {}: {}", incident.id, incident.reason),
        },
        trigger: Trigger::Incident { id: incident.id },
    }
}

/// Whether the incident came within the time after the promotion that its plan, or the policy,
/// gives it.
fn is_soon(
    state: &State,
    (name, promotion): (&EnvironmentName, &Promotion),
    incident: &Incident,
    current: &Current,
) -> bool {
    let planned = promotion.plan.as_ref().and_then(|p| p.rollback.as_ref());
    let environment = state.policy().ok().and_then(|p| p.environment(name));
    let rule = planned.or_else(|| environment.and_then(|e| e.rollback.as_ref()));
    let arrived = promotion.ended_at.unwrap_or(current.since);
    within(rule).is_some_and(|within| incident.at >= arrived && incident.at <= arrived + within)
}

fn within(rule: Option<&RollbackRule>) -> Option<Span> {
    match rule? {
        RollbackRule::Within { on, within } if on.contains(&RollbackOn::Incident) => Some(*within),
        _ => None,
    }
}

pub(super) fn decide(
    state: &State,
    name: &EnvironmentName,
    observed: &Observed,
    (actor, now): (&Actor, Time),
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let environment = policy.require(name)?;
    // It belongs to carrying out the promotion that the incident came after.
    if !policy.permits(Verb::Rollback, actor) {
        policy.demand_work(Verb::Promote, actor)?;
    }
    let Answer::Return {
        release,
        kind,
        trigger,
    } = answer_to_incident(state, name)
    else {
        return Ok(Vec::new());
    };
    let Kind::Rollback { reason, .. } = &kind else {
        return Ok(Vec::new());
    };
    let reason = format!("rolled back: {reason}");
    let returning = Returning {
        release: &release,
        kind,
        trigger: Some(trigger),
    };
    let mut events = committed(state, environment, returning, observed, (actor, now))?;
    events.extend(held(state, environment, reason));
    Ok(events)
}
