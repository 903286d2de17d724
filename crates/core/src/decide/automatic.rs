//! `auto: true`: the newest release that may enter is promoted without anyone asking.

use crate::event::Event;
use crate::observed::Observed;
use crate::plan::{Plan, PlanRequest, plan, verdicts};
use crate::policy::{Environment, Verb};
use crate::promotion::{Kind, Request};
use crate::verdict::{Answer, Verdict};
use crate::{Actor, EnvironmentName, Refusal, Release, ReleaseName, State, Time};

/// The release that an environment takes by itself now: the newest for which every gate has passed
/// but those that only persons can open once it is asked for. None where automatic promotions are
/// off or held. Never one that is older than what is there, that is on its way already, or that
/// was tried before: what failed, was rejected or called off goes in again only by hand.
pub fn candidate<'a>(
    state: &'a State,
    environment: &EnvironmentName,
    now: Time,
) -> Option<&'a Release> {
    let environment = state.policy().ok()?.environment(environment)?;
    let there = state.environment(&environment.name);
    if !environment.auto || there.hold.is_some() {
        return None;
    }
    let current = there.current.as_ref().map(|current| &current.release);
    let current = current.and_then(|name| state.releases.get(name));
    let tried = |release: &Release| {
        let mut promotions = state.promotions.values();
        promotions.any(|promotion| {
            promotion.request.release == release.content.name
                && promotion.request.environment == environment.name
        })
    };
    let newer = state
        .releases_newest_first()
        .take_while(|release| current.is_none_or(|current| release.number > current.number));
    newer
        .filter(|release| !tried(release))
        .find(|release| may_enter(state, environment, release, now))
}

fn may_enter(state: &State, environment: &Environment, release: &Release, now: Time) -> bool {
    let request = request(&release.content.name, environment, &release.created_by);
    let verdicts = verdicts(state, &request, now);
    verdicts.is_ok_and(|verdicts| verdicts.iter().all(is_open))
}

/// Whether a gate has passed, or waits for nothing but persons.
fn is_open(verdict: &Verdict) -> bool {
    match verdict.answer {
        Answer::Passed => true,
        Answer::Waiting => verdict.kind == "approval",
        Answer::Blocked => false,
    }
}

fn request<'a>(
    release: &'a ReleaseName,
    environment: &'a Environment,
    requester: &'a Actor,
) -> PlanRequest<'a> {
    PlanRequest {
        release,
        environment: &environment.name,
        kind: Kind::Promote,
        older: false,
        promotion: None,
        requester,
    }
}

pub(super) fn decide(
    state: &State,
    name: &EnvironmentName,
    wanted: &ReleaseName,
    observed: &Observed,
    (actor, now): (&Actor, Time),
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    if !policy.permits(Verb::Promote, actor) {
        return Err(Refusal::not_allowed(policy, Verb::Promote, actor));
    }
    let environment = policy.require(name)?;
    // Decided again: since it was looked at, someone may have promoted, held, or revoked.
    let Some(release) = candidate(state, name, now).filter(|r| r.content.name == *wanted) else {
        return Ok(Vec::new());
    };
    let plan: Plan = plan(
        state,
        &request(wanted, environment, &release.created_by),
        observed,
        now,
    )?;
    if !plan.verdicts.iter().all(is_open) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::PromotionRequested(Request {
        id: state.next_promotion(),
        release: wanted.clone(),
        environment: name.clone(),
        kind: Kind::Promote,
        older: false,
        again: false,
        expires_at: now + environment.expires,
        automatic: true,
    })])
}
