//! `approval`: enough persons of a group have said yes to exactly this.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::matching::{Slots, assign};
use super::reviewed;
use crate::plan::policy_digest;
use crate::policy::{ApprovalRule, Exclude, Gate, GateRule};
use crate::promotion::{Approval, Promotion};
use crate::verdict::{Answer, Verdict};
use crate::{Actor, GateName, Policy, Release, Time};

/// A verdict for each approval gate. They are decided together, because one person fills one slot;
/// those that are shared take nothing from the others.
pub(super) fn verdicts(context: &Context<'_>) -> BTreeMap<GateName, Verdict> {
    let slots = |(gate, rule): &(&Gate, &ApprovalRule)| Slots {
        count: rule.count as usize,
        persons: counting(context, gate, rule).into_keys().collect(),
    };
    let (shared, own): (Vec<_>, Vec<_>) = rules(context).partition(|(_, rule)| rule.shared);
    let served = assign(&own.iter().map(slots).collect::<Vec<_>>());
    let alone = shared.iter().map(|gate| slots(gate).persons);
    let gates = own.iter().zip(served).chain(shared.iter().zip(alone));
    gates
        .map(|((gate, rule), served)| (gate.name.clone(), one(context, gate, rule, &served)))
        .collect()
}

fn rules<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a Gate, &'a ApprovalRule)> + use<'a> {
    context
        .environment
        .gates
        .list()
        .iter()
        .filter_map(|gate| match &gate.rule {
            GateRule::Approval(rule) => Some((gate, rule)),
            _ => None,
        })
}

fn one(
    context: &Context<'_>,
    gate: &Gate,
    rule: &ApprovalRule,
    served: &BTreeSet<String>,
) -> Verdict {
    let new = |answer, reason: String| Verdict::new(&gate.name, "approval", answer, reason);
    let names = served.iter().cloned().collect::<Vec<_>>().join(", ");
    let wanted = rule.count as usize;
    if wanted > 0 && served.len() >= wanted {
        let counting = counting(context, gate, rule);
        let until = served
            .iter()
            .filter_map(|person| counting.get(person).copied().flatten())
            .min();
        return new(Answer::Passed, format!("approved by {names}")).until(until);
    }
    if rule.exclude.contains(&Exclude::Author) && context.release.authors(context.policy).is_none()
    {
        let release = &context.release.content.name;
        return new(
            Answer::Blocked,
            format!(
                "the author of {release} is not known, and authors are excluded; create the release with --author PERSON"
            ),
        );
    }
    if let Err(reason) = reviewed(context.state, context.release, rule) {
        return new(Answer::Waiting, reason);
    }
    let mut reason = format!("{} of {wanted} from {}", served.len(), able(context, rule));
    if !served.is_empty() {
        reason.push_str(&format!("; approved by {names}"));
    }
    if let Some(void) = voided(context, gate, rule) {
        reason.push_str(&format!("; {void}"));
    }
    let (release, environment) = (&context.release.content.name, &context.environment.name);
    let help = if context.promotion.is_some() {
        format!("liftlock approve {release} --to {environment}")
    } else {
        format!("liftlock promote {release} --to {environment}")
    };
    new(Answer::Waiting, reason).help(help)
}

/// Who could still approve.
fn able(context: &Context<'_>, rule: &ApprovalRule) -> String {
    let members = context.policy.members(&rule.by).into_iter();
    let left = members
        .filter(|member| !member.starts_with("token:") && !excluded_person(context, rule, member));
    let left: Vec<_> = left.collect();
    if left.is_empty() {
        return format!("nobody: everyone of {} is excluded", rule_names(rule));
    }
    left.join(", ")
}

fn rule_names(rule: &ApprovalRule) -> String {
    rule.by
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn excluded_person(context: &Context<'_>, rule: &ApprovalRule, member: &str) -> bool {
    let person = context
        .policy
        .person_named(member)
        .unwrap_or_else(|| member.to_owned());
    let requester = context.policy.person(&context.requester.identity);
    excluded(context.policy, context.release, &requester, rule, &person).is_some()
}

/// The persons whose approvals count for this gate now, each with the instant it stops.
fn counting(
    context: &Context<'_>,
    gate: &Gate,
    rule: &ApprovalRule,
) -> BTreeMap<String, Option<Time>> {
    let mut persons = BTreeMap::new();
    let Some(promotion) = context.promotion else {
        return persons;
    };
    for approval in &promotion.approvals {
        if void(context, gate, rule, promotion, approval).is_none() {
            let person = context.policy.person(&approval.by.identity);
            persons.insert(person, rule.expires.map(|expires| approval.at + expires));
        }
    }
    persons
}

/// Why an approval does not count for this gate now; `None` where it does.
fn void(
    context: &Context<'_>,
    gate: &Gate,
    rule: &ApprovalRule,
    promotion: &Promotion,
    approval: &Approval,
) -> Option<String> {
    let content = &approval.content;
    let who = &approval.by;
    if let Some((_, reason)) = &approval.withdrawn {
        return Some(format!("{who} withdrew: {reason}"));
    }
    if !content.gates.contains(&gate.name) {
        return Some(format!("{who} approved other gates"));
    }
    if content.set != context.release.content.set_digest() {
        return Some(format!("{who} approved other digests"));
    }
    if policy_digest(context.policy, context.environment).ok() != Some(content.policy) {
        return Some(format!(
            "{who} approved under another policy, which voids it"
        ));
    }
    match reviewed(context.state, context.release, rule) {
        Err(reason) => return Some(reason),
        Ok(Some((name, newest))) if content.reviewed.get(&name) != Some(&newest) => {
            return Some(format!("{who} had not seen {newest}, a newer {name}"));
        }
        Ok(_) => {}
    }
    if rule
        .expires
        .is_some_and(|expires| approval.at + expires <= context.now)
    {
        return Some(format!("the approval of {who} has expired"));
    }
    let requester = context.policy.person(&promotion.requested_by.identity);
    eligible(context.policy, context.release, &requester, rule, who).err()
}

fn voided(context: &Context<'_>, gate: &Gate, rule: &ApprovalRule) -> Option<String> {
    let promotion = context.promotion?;
    let approvals = promotion.approvals.iter();
    let reasons: Vec<_> = approvals
        .filter_map(|approval| void(context, gate, rule, promotion, approval))
        .collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// Whether an actor's approval may serve a gate; if not, why.
pub(crate) fn eligible(
    policy: &Policy,
    release: &Release,
    requester: &str,
    rule: &ApprovalRule,
    actor: &Actor,
) -> Result<(), String> {
    if !policy.counts(actor) {
        return Err(format!(
            "{actor} is only claimed, and the file asks for authenticated identities"
        ));
    }
    if actor.identity.is_machine() {
        return Err(format!("{actor} is a token, and tokens cannot approve"));
    }
    if !policy.any_means(&rule.by, actor) {
        return Err(format!("{actor} is not of {}", rule_names(rule)));
    }
    match excluded(
        policy,
        release,
        requester,
        rule,
        &policy.person(&actor.identity),
    ) {
        Some(reason) => Err(reason),
        None => Ok(()),
    }
}

/// Why a person is excluded from a gate; `None` where it is not.
fn excluded(
    policy: &Policy,
    release: &Release,
    requester: &str,
    rule: &ApprovalRule,
    person: &str,
) -> Option<String> {
    for exclude in &rule.exclude {
        match exclude {
            Exclude::Requester if person == requester => {
                return Some(format!(
                    "{person} asked for the promotion, and so cannot approve it"
                ));
            }
            Exclude::Author => match release.authors(policy) {
                None => return Some("the author is not known".to_owned()),
                Some(authors) if authors.contains(person) => {
                    return Some(format!("{person} is an author of the release"));
                }
                Some(_) => {}
            },
            Exclude::Requester => {}
        }
    }
    None
}
