//! `rollback`: to the latest known-good release, or to one of the last five. Gates do not apply.

use super::text;
use crate::event::Event;
use crate::observed::Observed;
use crate::plan::{PlanRequest, plan};
use crate::policy::{Environment, Verb};
use crate::promotion::{Kind, Request, Trigger};
use crate::verdict::Answer;
use crate::{Actor, EnvironmentName, Refusal, ReleaseName, State, Time};

/// How many known-good releases back a rollback may name its release.
pub const REACH: usize = 5;

/// The release a rollback of this environment returns to.
pub fn target(
    state: &State,
    environment: &EnvironmentName,
    wanted: Option<&ReleaseName>,
) -> Result<ReleaseName, Refusal> {
    let policy = state.policy()?;
    if policy.environment(environment).is_none() {
        return Err(Refusal::unknown_environment(policy, environment));
    }
    let there = state.environment(environment);
    let current = there.current.as_ref().map(|current| &current.release);
    let good: Vec<&ReleaseName> = state
        .known_good(environment, current)
        .take(REACH)
        .map(|s| &s.release)
        .collect();
    let nothing = |but: String| Refusal::NothingToReturnTo {
        environment: environment.clone(),
        but,
    };
    match wanted {
        None => good
            .first()
            .map(|r| (*r).clone())
            .ok_or_else(|| nothing(String::new())),
        Some(wanted) => {
            state.release(wanted)?;
            if good.contains(&wanted) {
                return Ok(wanted.clone());
            }
            let names: Vec<_> = good.iter().map(|name| name.as_str()).collect();
            let last = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            Err(nothing(format!(
                " that is named {wanted}; known-good are {last}"
            )))
        }
    }
}

pub(super) fn decide(
    state: &State,
    environment: &EnvironmentName,
    wanted: Option<&ReleaseName>,
    reason: &str,
    observed: &Observed,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    policy.demand(Verb::Rollback, actor)?;
    let release = target(state, environment, wanted)?;
    let from = state
        .environment(environment)
        .current
        .as_ref()
        .map(|c| c.release.clone());
    let kind = Kind::Rollback {
        from,
        cause: None,
        reason: text::reason(reason)?,
    };
    let environment = policy.require(environment)?;
    let returning = Returning {
        release: &release,
        kind,
        trigger: None,
    };
    let mut events = committed(state, environment, returning, observed, (actor, now))?;
    let reason = format!("rolled back by hand: {}", text::reason(reason)?);
    events.extend(held(state, environment, reason));
    Ok(events)
}

/// A promotion back to a release that is known-good.
pub(super) struct Returning<'a> {
    pub(super) release: &'a ReleaseName,
    pub(super) kind: Kind,
    pub(super) trigger: Option<Trigger>,
}

/// Asks for it and commits it at once: it waits for nothing.
pub(super) fn committed(
    state: &State,
    environment: &Environment,
    returning: Returning<'_>,
    observed: &Observed,
    (actor, now): (&Actor, Time),
) -> Result<Vec<Event>, Refusal> {
    let Returning {
        release,
        kind,
        trigger,
    } = returning;
    if state.under_way(&environment.name).is_some() {
        return Err(Refusal::Busy {
            environment: environment.name.clone(),
        });
    }
    let id = state.next_promotion();
    let request = PlanRequest {
        release,
        environment: &environment.name,
        kind: kind.clone(),
        older: true,
        promotion: None,
        requester: actor,
    };
    let plan = plan(state, &request, observed, now)?;
    if plan.answer() != Answer::Passed {
        return Err(Refusal::Blocked {
            release: release.clone(),
            environment: environment.name.clone(),
            verdicts: plan.verdicts,
        });
    }
    let request = Request {
        id,
        release: release.clone(),
        environment: environment.name.clone(),
        kind,
        older: true,
        again: true,
        expires_at: now + environment.expires,
        automatic: false,
        trigger,
    };
    Ok(vec![
        Event::PromotionRequested(request),
        Event::PromotionCommitted {
            promotion: id,
            plan,
        },
    ])
}

/// What was left must not come back by itself in another release.
pub(super) fn held(state: &State, environment: &Environment, reason: String) -> Option<Event> {
    let free = environment.auto && state.environment(&environment.name).hold.is_none();
    free.then(|| Event::HoldStarted {
        environment: environment.name.clone(),
        reason,
    })
}
