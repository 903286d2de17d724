//! `override`: asked for by one, confirmed by another, looked at again later.

use super::{Wanted, commit, text};
use crate::event::Event;
use crate::observed::Observed;
use crate::overrides::{Override, OverrideContent, counts, eligible, is_overridable, members};
use crate::plan::{PlanRequest, plan, policy_digest};
use crate::policy::{OverrideRule, Verb};
use crate::promotion::{Kind, Promotion, Request, Status};
use crate::verdict::{Answer, Verdict};
use crate::{Actor, EnvironmentName, GateName, OverrideId, Policy, Refusal, Span, State, Time};

/// An override that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOverride {
    /// The promotion: the open one, or one that is opened for it although its gates block.
    pub wanted: Wanted,
    /// The gate; `freeze` for a freeze.
    pub gate: GateName,
    /// How long it counts once it is confirmed; the most the file allows where it is not said.
    pub lasts: Option<Span>,
    /// Why.
    pub reason: String,
}

pub(super) fn request(
    state: &State,
    new: &NewOverride,
    observed: &Observed,
    (actor, now): (&Actor, Time),
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let name = &new.wanted.environment;
    let environment = policy.require(name)?;
    let rule = rule(policy, name)?;
    allowed(policy, rule, name, actor)?;
    let reason = text::reason(&new.reason)?;
    let lasts = lasting(rule, name, new.lasts)?;
    let release = state.release(&new.wanted.release)?;
    let open = state.open_promotion(&new.wanted.release, name);
    if let Some(promotion) = open.filter(|promotion| promotion.status != Status::Waiting) {
        return Err(commit::wrong(promotion, "is being carried out already"));
    }
    if open.is_none() && !policy.permits(Verb::Promote, actor) {
        return Err(Refusal::not_allowed(policy, Verb::Promote, actor));
    }
    let request = PlanRequest {
        release: &new.wanted.release,
        environment: name,
        kind: Kind::Promote,
        older: open.map_or(new.wanted.older, |promotion| promotion.request.older),
        promotion: open,
        requester: open.map_or(actor, |promotion| &promotion.requested_by),
    };
    let plan = plan(state, &request, observed, now)?;
    not_passed(&plan.verdicts, &new.gate)?;
    let mut events = Vec::new();
    let promotion = match open {
        Some(promotion) => {
            not_twice(state, policy, rule, promotion, (&new.gate, now))?;
            promotion.request.id
        }
        None => {
            let id = state.next_promotion();
            events.push(Event::PromotionRequested(Request {
                id,
                release: new.wanted.release.clone(),
                environment: name.clone(),
                kind: Kind::Promote,
                older: new.wanted.older,
                again: new.wanted.again,
                expires_at: now + environment.expires,
                automatic: false,
                trigger: None,
            }));
            id
        }
    };
    events.push(Event::OverrideRequested(OverrideContent {
        id: OverrideId(state.overrides.len() as u64 + 1),
        promotion,
        gate: new.gate.clone(),
        set: release.content.set_digest(),
        policy: policy_digest(policy, environment)?,
        lasts,
        reason,
    }));
    Ok(events)
}

pub(super) fn confirm(
    state: &State,
    id: OverrideId,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let known = find(state, id)?;
    let promotion = commit::find(state, known.content.promotion)?;
    let name = &promotion.request.environment;
    let rule = rule(policy, name)?;
    allowed(policy, rule, name, actor)?;
    if promotion.status != Status::Waiting {
        return Err(commit::wrong(promotion, "is not waiting any more"));
    }
    if known.confirmed.is_some() {
        let message = format!("{id} is confirmed already");
        return Err(Refusal::NoOverride { message });
    }
    if policy.person(&known.by.identity) == policy.person(&actor.identity) {
        let person = policy.person(&actor.identity);
        let message = format!(
            "{person} asked for {id}; another of {} has to confirm it",
            members(policy, rule)
        );
        return Err(Refusal::NoOverride { message });
    }
    // As it would be once confirmed: what is void by then is not confirmed.
    let mut confirmed = known.clone();
    confirmed.confirmed = Some((actor.clone(), now));
    let release = state.release(&promotion.request.release)?;
    let digest = policy.environment_digest(name);
    counts(
        (policy, Some(rule)),
        (release, digest),
        promotion,
        &confirmed,
        now,
    )
    .map_err(|message| Refusal::NoOverride { message })?;
    Ok(vec![Event::OverrideConfirmed { id }])
}

pub(super) fn review(
    state: &State,
    id: OverrideId,
    finding: &str,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let known = find(state, id)?;
    let promotion = commit::find(state, known.content.promotion)?;
    let name = &promotion.request.environment;
    let rule = policy.environment(name).and_then(|e| e.overrides.as_ref());
    let member = rule.is_some_and(|rule| eligible(policy, rule, actor).is_ok());
    if !member && !policy.is_owner(actor) {
        return Err(Refusal::NotAllowed {
            actor: actor.clone(),
            what: format!("review an override in {name}"),
            who: "allowed are those who may override there, and the owners".to_owned(),
        });
    }
    let no = |message: String| Err(Refusal::NoOverride { message });
    if known.confirmed.is_none() {
        return no(format!(
            "{id} was never confirmed, so there is nothing to review"
        ));
    }
    if known.reviewed.is_some() {
        return no(format!("{id} is reviewed already"));
    }
    if policy.person(&known.by.identity) == policy.person(&actor.identity) {
        let person = policy.person(&actor.identity);
        return no(format!(
            "{person} asked for {id}; someone else has to review it"
        ));
    }
    Ok(vec![Event::OverrideReviewed {
        id,
        finding: text::line("the finding", finding)?,
    }])
}

fn find(state: &State, id: OverrideId) -> Result<&Override, Refusal> {
    state.override_by(id).ok_or_else(|| Refusal::Unknown {
        what: "override",
        name: id.to_string(),
        known: "see `liftlock override list`".to_owned(),
    })
}

fn rule<'a>(policy: &'a Policy, name: &EnvironmentName) -> Result<&'a OverrideRule, Refusal> {
    let rule = policy.require(name)?.overrides.as_ref();
    rule.ok_or_else(|| Refusal::NoOverride {
        message: format!("the pipeline file has no `override` for {name}, so no gate can be passed by decision there"),
    })
}

fn allowed(
    policy: &Policy,
    rule: &OverrideRule,
    name: &EnvironmentName,
    actor: &Actor,
) -> Result<(), Refusal> {
    eligible(policy, rule, actor).map_err(|_| Refusal::NotAllowed {
        actor: actor.clone(),
        what: format!("override a gate of {name}"),
        who: format!("allowed are {}; tokens cannot", members(policy, rule)),
    })
}

fn lasting(
    rule: &OverrideRule,
    name: &EnvironmentName,
    wanted: Option<Span>,
) -> Result<Span, Refusal> {
    let lasts = wanted.unwrap_or(rule.max);
    let message = if lasts == Span::ZERO {
        "is no time at all".to_owned()
    } else if lasts > rule.max {
        format!("is longer than {}, the most that {name} allows", rule.max)
    } else {
        return Ok(lasts);
    };
    Err(Refusal::Invalid {
        what: format!("the time of the override, {lasts},"),
        message,
    })
}

fn not_passed(verdicts: &[Verdict], gate: &GateName) -> Result<(), Refusal> {
    let mut able = verdicts.iter().filter(|v| is_overridable(&v.kind));
    let Some(verdict) = able.find(|verdict| verdict.gate == gate.as_str()) else {
        let open = verdicts
            .iter()
            .filter(|v| v.answer != Answer::Passed && is_overridable(&v.kind));
        let known: Vec<_> = open.map(|verdict| verdict.gate.as_str()).collect();
        return Err(Refusal::unknown_gate(gate, &known));
    };
    if verdict.answer == Answer::Passed {
        let message = format!("{gate} has passed; there is nothing to override");
        return Err(Refusal::NoOverride { message });
    }
    Ok(())
}

/// One that counts, or may still be confirmed, is enough.
fn not_twice(
    state: &State,
    policy: &Policy,
    rule: &OverrideRule,
    promotion: &Promotion,
    (gate, now): (&GateName, Time),
) -> Result<(), Refusal> {
    let request = &promotion.request;
    let release = state.release(&request.release)?;
    let digest = policy.environment_digest(&request.environment);
    let again = state.overrides_of(request.id).find(|known| {
        let same = known.content.gate == *gate;
        let pending = known.confirmed.is_none();
        let digests = Some(known.content.policy) == digest
            && known.content.set == release.content.set_digest();
        if pending {
            return same && digests && eligible(policy, rule, &known.by).is_ok();
        }
        same && counts(
            (policy, Some(rule)),
            (release, digest),
            promotion,
            known,
            now,
        )
        .is_ok()
    });
    match again {
        None => Ok(()),
        Some(known) => {
            let id = known.content.id;
            let message = match known.confirmed {
                None => format!("{id} asks for the same already; `liftlock override confirm {id}`"),
                Some(_) => format!("{id} passes {gate} already"),
            };
            Err(Refusal::NoOverride { message })
        }
    }
}
