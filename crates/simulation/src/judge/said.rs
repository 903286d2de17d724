//! What people and keys say is recorded only of whom may say it, and as it was said.

use std::collections::BTreeSet;

use liftlock_core::attestation::Attested;
use liftlock_core::event::{Entry, Event};
use liftlock_core::policy::{EvidenceRule, GateRule, IdentityMode, Policy, Verb};
use liftlock_core::promotion::{ApprovalContent, Outcome};
use liftlock_core::{Actor, EvidenceContent, Identity};

use super::book::Book;
use super::people;
use super::signature::fingerprints;
use crate::registry::{Hub, Signed};

/// Before an entry is taken into the record.
pub(super) fn entry(book: &Book, entry: &Entry, hub: &Hub) -> Result<(), String> {
    let Some(policy) = &book.policy else {
        return Ok(());
    };
    let actor = &entry.actor;
    let may = |verb| match people::may(policy, verb, actor) {
        true => Ok(()),
        false => Err(format!("{actor} may not {verb}")),
    };
    match &entry.event {
        Event::EvidenceAdded(content) => match &content.attested {
            Some(attested) => {
                may(Verb::Promote)?;
                signed(policy, content, attested, hub)
            }
            None => submitted(policy, content, actor),
        },
        Event::EvidenceRevoked { id, .. } => {
            let mut pieces = book.evidence.iter();
            let piece = pieces.find(|piece| piece.content.id == *id);
            let piece = piece.ok_or_else(|| format!("there is no {id}"))?;
            let own = piece.content.attested.is_none()
                && piece.by.identity == actor.identity
                && people::counts(policy, actor);
            match (piece.revoked, own) {
                (Some(_), _) => Err(format!("{id} is revoked twice")),
                (None, true) => Ok(()),
                (None, false) => may(Verb::Revoke),
            }
        }
        Event::ApprovalGiven(content) => approved(book, policy, content, actor),
        Event::ApprovalWithdrawn {
            promotion,
            approval,
            ..
        } => {
            let attempt = book.attempts.get(promotion);
            let mut given = attempt.iter().flat_map(|attempt| &attempt.approvals);
            let given = given.find(|given| given.content.id == *approval);
            let own = given.is_some_and(|given| {
                !given.withdrawn
                    && people::person(policy, &given.by.identity)
                        == people::person(policy, &actor.identity)
            });
            match own && people::counts(policy, actor) {
                true => Ok(()),
                false => Err(format!(
                    "{actor} takes {approval} back, which is not theirs"
                )),
            }
        }
        Event::PromotionEnded {
            promotion,
            outcome: Outcome::Rejected { .. },
        } => {
            let attempt = book.attempts.get(promotion);
            let environment = attempt.and_then(|a| policy.environment(&a.request.environment));
            let gates = environment.iter().flat_map(|e| e.gates.list());
            let mut approving = gates.filter_map(|gate| match &gate.rule {
                GateRule::Approval(rule) => Some(people::named(policy, &rule.by)),
                _ => None,
            });
            let member = approving.any(|by| by.contains(&actor.identity));
            let human = !matches!(actor.identity, Identity::Token(_));
            let may = human && (member || people::owns(policy, actor));
            match may && people::counts(policy, actor) {
                true => Ok(()),
                false => Err(format!("{actor} rejects, and may not")),
            }
        }
        Event::IncidentOpened {
            environment, check, ..
        } => {
            // What carrying out comes to belongs to that, and is a problem of its own; what
            // watching comes to is judged there.
            let mut attempts = book.attempts.values();
            let follows = attempts.any(|attempt| {
                attempt.over == Some(entry.time) && attempt.request.environment == *environment
            });
            if check.is_some() || follows {
                return Ok(());
            }
            match book.place(environment).incident {
                true => Err(format!("{environment} has an incident, and gets another")),
                false => may(Verb::Incident),
            }
        }
        Event::IncidentResolved { environment, .. } if !book.place(environment).incident => Err(
            format!("{environment} has no incident, and one is resolved"),
        ),
        _ => Ok(()),
    }
}

/// The rules of every gate of a name.
fn rules<'p>(policy: &'p Policy, content: &EvidenceContent) -> impl Iterator<Item = &'p GateRule> {
    let gates = policy.environments.iter().flat_map(|e| e.gates.list());
    let name = content.gate.clone();
    gates
        .filter(move |gate| gate.name == name)
        .map(|gate| &gate.rule)
}

fn submitted(policy: &Policy, content: &EvidenceContent, actor: &Actor) -> Result<(), String> {
    let may = |rule: &EvidenceRule| {
        let unsaid = rule.from.is_empty() && rule.keys.is_empty();
        let anyone = unsaid && policy.identity == IdentityMode::Claimed;
        match content.statements.is_empty() {
            true => anyone || people::named(policy, &rule.from).contains(&actor.identity),
            false => people::named(policy, &rule.vex).contains(&actor.identity),
        }
    };
    let mut rules = rules(policy, content);
    let named = rules.any(|rule| matches!(rule, GateRule::Evidence(rule) if may(rule)));
    match named && people::counts(policy, actor) {
        true => Ok(()),
        false => Err(format!(
            "{actor} says something for {}, and may not",
            content.gate
        )),
    }
}

/// There is a statement like that, well signed with a key that a gate of this name wants it from.
fn signed(
    policy: &Policy,
    content: &EvidenceContent,
    attested: &Attested,
    hub: &Hub,
) -> Result<(), String> {
    let mut rules = rules(policy, content);
    let wanted = rules.any(|rule| match rule {
        GateRule::Signature(rule) => {
            rule.predicate == attested.predicate
                && fingerprints(policy, &rule.keys).contains(&attested.key)
        }
        GateRule::Evidence(rule) => fingerprints(policy, &rule.keys).contains(&attested.key),
        _ => false,
    });
    if !wanted {
        return Err(format!(
            "{} takes a signature that no gate wants",
            content.gate
        ));
    }
    let mut there = hub.all_signed();
    let same = |one: &Signed| {
        one.good
            && one.found.statement == attested.statement
            && one.found.key == attested.key
            && one.found.predicate == attested.predicate
            && says(one, content, attested)
    };
    match there.any(|(place, one)| place.digest == one.about && same(one)) {
        true => Ok(()),
        false => Err(format!("{} is said to be signed, and is not", content.id)),
    }
}

/// Whether what is recorded of a statement is what it says.
fn says(one: &Signed, content: &EvidenceContent, attested: &Attested) -> bool {
    let fields = attested.fields.iter().all(|(field, value)| {
        let said = one.found.content.pointer(field.as_str());
        said.and_then(|said| said.as_str()) == value.as_deref()
    });
    let report = one.found.report.as_ref();
    let bare = content.finding.is_none() && content.figures.is_empty();
    let read = report.is_some_and(|report| {
        report.finding == content.finding && report.figures == content.figures
    });
    fields && (bare || read)
}

/// By a person, for gates that this person may serve.
fn approved(
    book: &Book,
    policy: &Policy,
    content: &ApprovalContent,
    actor: &Actor,
) -> Result<(), String> {
    let attempt = book.attempts.get(&content.promotion);
    let attempt = attempt.ok_or("approves what nobody asked for")?;
    let environment = policy.environment(&attempt.request.environment);
    let mut unserved: BTreeSet<_> = content.gates.iter().collect();
    for gate in environment.iter().flat_map(|e| e.gates.list()) {
        if let GateRule::Approval(rule) = &gate.rule
            && people::named(policy, &rule.by).contains(&actor.identity)
        {
            unserved.remove(&gate.name);
        }
    }
    let wrong = [
        (matches!(actor.identity, Identity::Token(_)), "is a token"),
        (!people::counts(policy, actor), "is only claimed"),
        (!attempt.is_waiting(), "approves what does not wait"),
        (content.gates.is_empty(), "approves nothing"),
        (!unserved.is_empty(), "approves gates of others"),
    ];
    match wrong.into_iter().find(|(wrong, _)| *wrong) {
        Some((_, why)) => Err(format!("{actor} {why}, and {} is recorded", content.id)),
        None => Ok(()),
    }
}
