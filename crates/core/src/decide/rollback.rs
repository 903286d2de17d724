//! `rollback`: to the latest known-good release, or to one of the last five. Gates do not apply.

use super::text;
use crate::event::Event;
use crate::observed::Observed;
use crate::plan::{PlanRequest, plan};
use crate::policy::Verb;
use crate::promotion::{Kind, Request};
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
    if state.under_way(environment).is_some() {
        return Err(Refusal::Busy {
            environment: environment.clone(),
        });
    }
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
    let id = state.next_promotion();
    let request = PlanRequest {
        release: &release,
        environment,
        kind: kind.clone(),
        older: true,
        promotion: None,
        requester: actor,
    };
    let plan = plan(state, &request, observed, now)?;
    let expires_at = now
        + policy
            .environment(environment)
            .map(|e| e.expires)
            .unwrap_or_default();
    let request = Request {
        id,
        release,
        environment: environment.clone(),
        kind,
        older: true,
        again: true,
        expires_at,
        automatic: false,
    };
    let mut events = vec![
        Event::PromotionRequested(request),
        Event::PromotionCommitted {
            promotion: id,
            plan,
        },
    ];
    let automatic = policy.require(environment)?.auto;
    if automatic && state.environment(environment).hold.is_none() {
        // What was left by hand must not come back by itself in another release.
        let reason = format!("rolled back by hand: {}", text::reason(reason)?);
        events.push(Event::HoldStarted {
            environment: environment.clone(),
            reason,
        });
    }
    Ok(events)
}
