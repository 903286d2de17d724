//! `signature`: beside each image there is what the gate wants, signed with a key that it names.

use liftlock_oci::Digest;

use super::Context;
use crate::attestation::{self, Attested};
use crate::policy::{Gate, SignatureRule};
use crate::verdict::{Answer, Verdict};
use crate::{Evidence, ImageKey};

/// What is there for one image.
enum There<'a> {
    /// One that meets everything.
    Good(&'a Evidence),
    /// The last that was revoked and had met everything.
    Revoked(&'a Evidence),
    /// The last that does not meet a condition.
    Unmet(&'a Evidence, String),
    /// None.
    Nothing,
}

/// The verdict over every image; the worst decides.
pub(super) fn verdict(context: &Context<'_>, gate: &Gate, rule: &SignatureRule) -> Verdict {
    let images = &context.release.content.images;
    let judged = images
        .iter()
        .map(|(key, image)| one(context, gate, rule, (key, image.image.digest)));
    let judged: Vec<(Answer, String)> = judged.collect();
    let worst = judged.iter().map(|(answer, _)| *answer).max();
    let worst = worst.unwrap_or(Answer::Blocked);
    let reasons = judged.iter().filter(|(answer, _)| *answer == worst);
    let reasons: Vec<&str> = reasons.map(|(_, reason)| reason.as_str()).collect();
    let verdict = Verdict::new(&gate.name, "signature", worst, reasons.join("; "));
    if worst == Answer::Passed {
        return verdict;
    }
    let (release, environment) = (&context.release.content.name, &context.environment.name);
    verdict.help(format!(
        "sign it, then: liftlock promote {release} --to {environment}"
    ))
}

fn one(
    context: &Context<'_>,
    gate: &Gate,
    rule: &SignatureRule,
    (key, image): (&ImageKey, Digest),
) -> (Answer, String) {
    match there(context, gate, rule, image) {
        There::Good(evidence) => (
            Answer::Passed,
            format!(
                "{key}: {} signed by {}",
                evidence.content.id,
                signer(context, evidence)
            ),
        ),
        There::Revoked(evidence) => (Answer::Blocked, format!("{key}: {}", revoked(evidence))),
        There::Unmet(evidence, why) => (
            Answer::Blocked,
            format!("{key}: {} says {why}", evidence.content.id),
        ),
        There::Nothing => {
            let keys: Vec<&str> = rule.keys.iter().map(|name| name.as_str()).collect();
            let what = match rule.predicate.to_string().as_str() {
                "image" => "signature".to_owned(),
                uri => format!("attestation {uri}"),
            };
            let keys = keys.join(" or ");
            (Answer::Waiting, format!("{key}: no {what} by {keys} yet"))
        }
    }
}

fn there<'a>(context: &Context<'a>, gate: &Gate, rule: &SignatureRule, image: Digest) -> There<'a> {
    let mut there = There::Nothing;
    for evidence in context.state.evidence_near(&gate.name, [image]) {
        let Some(attested) = &evidence.content.attested else {
            continue;
        };
        let of_this_image = evidence.covers(image, None);
        let signed = attestation::counts(context.policy, &rule.keys, &attested.key);
        if !of_this_image || !signed || attested.predicate != rule.predicate {
            continue;
        }
        match (unmet(rule, attested), &evidence.revoked) {
            (None, None) => return There::Good(evidence),
            (None, Some(_)) => there = There::Revoked(evidence),
            (Some(why), None) if !matches!(there, There::Revoked(_)) => {
                there = There::Unmet(evidence, why);
            }
            (Some(_), _) => {}
        }
    }
    there
}

/// The first condition that is not met. A field that is missing, or that was not asked for when
/// the attestation was recorded, meets none.
fn unmet(rule: &SignatureRule, attested: &Attested) -> Option<String> {
    rule.conditions.iter().find_map(|condition| {
        let field = &condition.field;
        let wanted = condition.allowed.join(" or ");
        match attested.fields.get(field).and_then(Option::as_deref) {
            Some(value) if condition.allows(value) => None,
            Some(value) => Some(format!("{field} is {value}, not {wanted}")),
            None => Some(format!("nothing at {field}, which has to be {wanted}")),
        }
    })
}

/// What speaks against a release that passed this gate before: what it passed by was revoked, and
/// nothing else would let it pass.
pub(super) fn against(context: &Context<'_>, gate: &Gate, rule: &SignatureRule) -> Option<Verdict> {
    let images = context.release.content.images.iter();
    let mut images = images.map(|(key, image)| (key, image.image.digest));
    images.find_map(|(key, image)| match there(context, gate, rule, image) {
        There::Revoked(evidence) => {
            let reason = format!("{key}: {}", revoked(evidence));
            Some(Verdict::new(
                &gate.name,
                "signature",
                Answer::Blocked,
                reason,
            ))
        }
        There::Good(_) | There::Unmet(..) | There::Nothing => None,
    })
}

fn revoked(evidence: &Evidence) -> String {
    let id = evidence.content.id;
    match &evidence.revoked {
        Some((at, reason)) => format!("{id} was revoked at {at:#}: {reason}"),
        None => format!("{id} was revoked"),
    }
}

/// The key's name in the policy in force.
pub(super) fn signer(context: &Context<'_>, evidence: &Evidence) -> String {
    let key = evidence
        .content
        .attested
        .as_ref()
        .map(|attested| &attested.key);
    let name = key.and_then(|key| context.policy.key_name(key));
    name.map_or_else(|| "a key".to_owned(), ToString::to_string)
}
