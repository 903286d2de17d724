//! How a promotion ends, and what that starts.

use crate::event::Event;
use crate::plan::{Automatic, Plan, Step, automatic_rollback, policy_digest};
use crate::policy::{Environment, RollbackOn, RollbackRule, SEMANTICS_VERSION};
use crate::promotion::{Kind, Outcome, Promotion, Request, Status, Trigger};
use crate::verdict::{Answer, Verdict};
use crate::{IncidentId, PromotionId, Release, ReleaseName, State, Time};

/// Every step is done: the release is current and verified, an incident and drift are over, waiting
/// promotions of earlier releases are pointless, and if this was an automatic rollback, the
/// promotion that made it necessary has its end too.
pub(super) fn succeeded(state: &State, promotion: &Promotion) -> Vec<Event> {
    let request = &promotion.request;
    let mut events = vec![Event::PromotionEnded {
        promotion: request.id,
        outcome: Outcome::Succeeded,
    }];
    if let Some(incident) = &state.environment(&request.environment).incident {
        let environment = request.environment.clone();
        events.push(Event::IncidentResolved {
            id: incident.id,
            environment,
        });
    }
    if state.environment(&request.environment).drift.is_some() {
        let environment = request.environment.clone();
        events.push(Event::DriftResolved { environment });
    }
    match &request.kind {
        Kind::Promote => events.extend(superseded(state, promotion)),
        Kind::Rollback {
            cause: Some(cause),
            reason,
            ..
        } => {
            let (to, reason) = (request.release.clone(), reason.clone());
            let outcome = Outcome::RolledBack { to, reason };
            events.push(Event::PromotionEnded {
                promotion: *cause,
                outcome,
            });
        }
        Kind::Rollback { .. } => {}
    }
    events
}

fn superseded(state: &State, by: &Promotion) -> Vec<Event> {
    let number = |name: &ReleaseName| state.releases.get(name).map(|release| release.number);
    let mine = number(&by.request.release);
    let waiting = state.open_promotions().filter(|other| {
        other.status == Status::Waiting
            && other.request.environment == by.request.environment
            && number(&other.request.release) < mine
    });
    let by = by.request.id;
    waiting
        .map(|other| Event::PromotionEnded {
            promotion: other.request.id,
            outcome: Outcome::Superseded { by },
        })
        .collect()
}

/// A promotion failed, and its tags are back where they were.
pub(super) fn failed(state: &State, promotion: &Promotion, reason: &str, now: Time) -> Vec<Event> {
    let id = promotion.request.id;
    if let Kind::Rollback { cause, .. } = &promotion.request.kind {
        return rollback_failed(state, promotion, *cause, reason);
    }
    let policy = state.policy().ok();
    let Some((plan, environment)) = promotion
        .plan
        .as_ref()
        .zip(policy.and_then(|policy| policy.environment(&promotion.request.environment)))
    else {
        return vec![ended(
            id,
            Outcome::Failed {
                reason: reason.to_owned(),
            },
        )];
    };
    if !has_begun(promotion, |step| matches!(step, Step::Deploy { .. })) {
        return nothing_deployed(state, promotion, reason);
    }
    // Plans of before this field was written go by the policy in force.
    let rule = plan.rollback.as_ref().or(environment.rollback.as_ref());
    if !rule.is_some_and(|rule| rule.covers(RollbackOn::Check)) {
        let said = match rule {
            Some(RollbackRule::None) => " (rollback: none, so the deployment was left as it is)",
            _ => "",
        };
        return vec![ended(
            id,
            Outcome::Failed {
                reason: format!("{reason}{said}"),
            },
        )];
    }
    match last_known_good(state, promotion) {
        Some(release) => roll_back(state, promotion, (plan, environment, release), reason, now),
        None => nothing_to_return_to(state, promotion, reason),
    }
}

fn has_begun(promotion: &Promotion, is: impl Fn(&Step) -> bool) -> bool {
    let steps = promotion
        .plan
        .iter()
        .flat_map(|plan| plan.steps.iter().enumerate());
    steps
        .into_iter()
        .any(|(index, step)| is(step) && promotion.journal.is_started(index as u32))
}

/// Only tags were moved, if anything: they are back, so the environment is where it was.
fn nothing_deployed(state: &State, promotion: &Promotion, reason: &str) -> Vec<Event> {
    let id = promotion.request.id;
    let reason = reason.to_owned();
    if !has_begun(promotion, |step| matches!(step, Step::Tag { .. })) {
        return vec![ended(id, Outcome::Failed { reason })];
    }
    // Not the last known-good one: the tags are where they were, whatever has become of that.
    let request = &promotion.request;
    let before = state.environment(&request.environment).verified.last();
    match before.filter(|before| before.release != request.release) {
        Some(before) => {
            let to = before.release.clone();
            vec![ended(id, Outcome::RolledBack { to, reason })]
        }
        None => nothing_to_return_to(state, promotion, &reason),
    }
}

fn last_known_good<'a>(state: &'a State, promotion: &Promotion) -> Option<&'a Release> {
    let request = &promotion.request;
    let mut good = state.known_good(&request.environment, Some(&request.release));
    good.next()
        .and_then(|standing| state.releases.get(&standing.release))
}

fn nothing_to_return_to(state: &State, promotion: &Promotion, reason: &str) -> Vec<Event> {
    let outcome = Outcome::NothingToReturnTo {
        reason: reason.to_owned(),
    };
    let message = format!(
        "{} failed in {}, and there is no known-good release to return to: {reason}",
        promotion.request.release, promotion.request.environment
    );
    vec![
        ended(promotion.request.id, outcome),
        incident(state, promotion, message),
    ]
}

/// The tags of a promotion that failed are not put back any more: a person must act.
pub(super) fn given_up(state: &State, promotion: &Promotion, reason: &str) -> Vec<Event> {
    if let Kind::Rollback { cause, .. } = &promotion.request.kind {
        return rollback_failed(state, promotion, *cause, reason);
    }
    let request = &promotion.request;
    let message = format!(
        "{} failed in {}, and a person must act: {reason}",
        request.release, request.environment
    );
    let reason = reason.to_owned();
    vec![
        ended(request.id, Outcome::Failed { reason }),
        incident(state, promotion, message),
    ]
}

/// A rollback is never rolled back: a person must act.
fn rollback_failed(
    state: &State,
    promotion: &Promotion,
    cause: Option<PromotionId>,
    reason: &str,
) -> Vec<Event> {
    let request = &promotion.request;
    let mut events = vec![ended(
        request.id,
        Outcome::Failed {
            reason: reason.to_owned(),
        },
    )];
    if let Some(cause) = cause {
        let reason = format!("its rollback {} failed: {reason}", request.id);
        events.push(ended(cause, Outcome::Failed { reason }));
    }
    let what = match request.trigger {
        Some(Trigger::Drift) => "repair",
        Some(Trigger::Incident { .. }) | None => "rollback",
    };
    let message = format!(
        "the {what} of {} to {} failed, and a person must act: {reason}",
        request.environment, request.release
    );
    events.push(incident(state, promotion, message));
    events
}

fn roll_back(
    state: &State,
    failed: &Promotion,
    (plan, environment, release): (&Plan, &Environment, &Release),
    reason: &str,
    now: Time,
) -> Vec<Event> {
    let Ok(policy) = state.policy() else {
        return Vec::new();
    };
    let id = state.next_promotion();
    let kind = Kind::Rollback {
        from: Some(failed.request.release.clone()),
        cause: Some(failed.request.id),
        reason: reason.to_owned(),
    };
    let name = release.content.name.clone();
    let good = format!(
        "{name} was verified in {} and not withdrawn since",
        environment.name
    );
    let Automatic {
        images,
        also_in,
        steps,
    } = automatic_rollback(
        policy,
        environment,
        release,
        (plan, state.releases.get(&plan.release)),
        &kind,
    );
    let plan = Plan {
        semantics: SEMANTICS_VERSION,
        release: name.clone(),
        environment: environment.name.clone(),
        kind: kind.clone(),
        policy: policy_digest(policy, environment).unwrap_or(plan.policy),
        images,
        also_in,
        verdicts: vec![Verdict::new(
            "known-good",
            "known-good",
            Answer::Passed,
            good,
        )],
        steps,
        rollback: None,
        worker: plan.worker.clone(),
        notices: Vec::new(),
    };
    let request = Request {
        id,
        release: name,
        environment: environment.name.clone(),
        kind,
        older: true,
        again: true,
        expires_at: now + environment.expires,
        automatic: false,
        trigger: None,
    };
    vec![
        Event::PromotionRequested(request),
        Event::PromotionCommitted {
            promotion: id,
            plan,
        },
    ]
}

fn ended(promotion: PromotionId, outcome: Outcome) -> Event {
    Event::PromotionEnded { promotion, outcome }
}

fn incident(state: &State, promotion: &Promotion, reason: String) -> Event {
    Event::IncidentOpened {
        id: IncidentId(state.incidents + 1),
        environment: promotion.request.environment.clone(),
        reason,
        check: None,
    }
}
