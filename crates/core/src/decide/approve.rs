//! `approve`: a person's decision on one waiting promotion, for the gates it may serve.

use std::collections::BTreeMap;

use liftlock_oci::Digest;

use super::commit::wrong;
use crate::event::Event;
use crate::gates::{eligible, reviewed};
use crate::plan::policy_digest;
use crate::policy::{ApprovalRule, Environment, GateRule};
use crate::promotion::{ApprovalContent, Promotion, Status};
use crate::{
    Actor, ApprovalId, EnvironmentName, EvidenceId, GateName, Policy, Refusal, ReleaseName, State,
};

/// The waiting promotion of a release to an environment.
pub(super) fn waiting<'a>(
    state: &'a State,
    (release, environment): (&ReleaseName, &EnvironmentName),
) -> Result<&'a Promotion, Refusal> {
    let policy = state.policy()?;
    state.release(release)?;
    if policy.environment(environment).is_none() {
        return Err(Refusal::unknown_environment(policy, environment));
    }
    let promotion =
        state
            .open_promotion(release, environment)
            .ok_or_else(|| Refusal::NoPromotion {
                release: release.clone(),
                environment: environment.clone(),
            })?;
    if promotion.status != Status::Waiting {
        return Err(wrong(promotion, "is being carried out already"));
    }
    Ok(promotion)
}

pub(super) fn decide(
    state: &State,
    place: (&ReleaseName, &EnvironmentName),
    narrowed: &[GateName],
    shown: Digest,
    comment: Option<Digest>,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let promotion = waiting(state, place)?;
    let environment = policy
        .environment(place.1)
        .ok_or_else(|| Refusal::unknown_environment(policy, place.1))?;
    let release = state.release(place.0)?;
    let rules = approval_rules(environment);
    if let Some(unknown) = narrowed
        .iter()
        .find(|name| !rules.iter().any(|(known, _)| known == *name))
    {
        let known: Vec<_> = rules.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Refusal::unknown_gate(unknown, &known));
    }
    if release.content.set_digest() != shown {
        return Err(Refusal::NoApproval {
            message: "the digests are not those shown".to_owned(),
        });
    }
    let requester = policy.person(&promotion.requested_by.identity);
    let mut gates = Vec::new();
    let mut reasons = Vec::new();
    let mut seen = BTreeMap::new();
    let mut to_come = false;
    for (name, rule) in rules {
        if !narrowed.is_empty() && !narrowed.contains(&name) {
            continue;
        }
        let able = eligible(policy, release, &requester, rule, actor);
        let reviewed = reviewed(state, release, rule);
        to_come |= able.is_ok() && reviewed.is_err();
        match able.and(reviewed) {
            Ok(reviewed) => {
                seen.extend(reviewed);
                gates.push(name);
            }
            Err(reason) => reasons.push(format!("{name}: {reason}")),
        }
    }
    if gates.is_empty() {
        return Err(nothing_to_approve(actor, environment, &reasons, to_come));
    }
    let digest = policy_digest(policy, environment)?;
    if has_approved(policy, promotion, actor, (&gates, &seen), digest) {
        let (person, promotion) = (policy.person(&actor.identity), promotion.request.id);
        return Err(Refusal::Approved { person, promotion });
    }
    Ok(vec![Event::ApprovalGiven(ApprovalContent {
        id: ApprovalId(state.approvals + 1),
        promotion: promotion.request.id,
        gates,
        set: shown,
        policy: digest,
        reviewed: seen,
        comment,
    })])
}

pub(super) fn approval_rules(environment: &Environment) -> Vec<(GateName, &ApprovalRule)> {
    let gates = environment.gates.list().iter();
    gates
        .filter_map(|gate| match &gate.rule {
            GateRule::Approval(rule) => Some((gate.name.clone(), rule)),
            _ => None,
        })
        .collect()
}

fn nothing_to_approve(
    actor: &Actor,
    environment: &Environment,
    reasons: &[String],
    to_come: bool,
) -> Refusal {
    if reasons.is_empty() {
        let message = format!("{} has no approval gate", environment.name);
        return Refusal::NoApproval { message };
    }
    if to_come {
        let message = reasons.join("; ");
        return Refusal::NoApproval { message };
    }
    Refusal::NotAllowed {
        actor: actor.clone(),
        what: format!("approve a promotion to {}", environment.name),
        who: reasons.join("; "),
    }
}

/// An earlier approval stands in the way only while it could still count as given: the same
/// gates, the same policy, the same evidence reviewed, not withdrawn. One that expires can be given
/// anew.
fn has_approved(
    policy: &Policy,
    promotion: &Promotion,
    actor: &Actor,
    (gates, seen): (&[GateName], &BTreeMap<GateName, EvidenceId>),
    digest: Digest,
) -> bool {
    let person = policy.person(&actor.identity);
    let expires = policy
        .environment(&promotion.request.environment)
        .is_some_and(|e| {
            approval_rules(e)
                .iter()
                .any(|(_, rule)| rule.expires.is_some())
        });
    promotion.approvals.iter().any(|approval| {
        approval.withdrawn.is_none()
            && policy.person(&approval.by.identity) == person
            && approval.content.policy == digest
            && seen
                .iter()
                .all(|(name, newest)| approval.content.reviewed.get(name) == Some(newest))
            && gates
                .iter()
                .all(|gate| approval.content.gates.contains(gate))
            && !expires
    })
}
