//! What was found signed beside a release's images: recorded once for each gate that it can serve.

use std::collections::BTreeMap;

use super::{NewEvidence, evidence};
use crate::attestation::{self, Attested, Found};
use crate::event::Event;
use crate::evidence::{EvidenceContent, Subject};
use crate::policy::{FieldPath, GateRule, Per, Verb};
use crate::{Actor, EvidenceId, GateName, ImageKey, Refusal, Release, ReleaseName, State, Time};

/// The most attestations that one look records for one gate and release: more say nothing more.
const RECORDED_MAX: usize = 100;

/// Records what is new. What no gate wants, what is recorded already, and what is refused as
/// evidence (a report from the future, of another platform) is left out: it is not someone's
/// submission, who could be told, and the gate goes on waiting.
pub(super) fn decide(
    state: &State,
    release: &ReleaseName,
    (found, only): (&[Found], Option<&GateName>),
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    policy.demand_work(Verb::Promote, actor)?;
    let release = state.release(release)?;
    let mut events = Vec::new();
    let mut next = state.evidence.len() as u64 + 1;
    let mut recorded: BTreeMap<&GateName, usize> = BTreeMap::new();
    for found in found {
        let Some(image) = image_of(release, found) else {
            continue;
        };
        for (gate, rules) in attestation::serves(policy, found) {
            if only.is_some_and(|only| only != gate) {
                continue;
            }
            let fields = fields(found, &rules);
            let count = recorded.entry(gate).or_default();
            if *count >= RECORDED_MAX {
                continue;
            }
            let attested = Attested {
                statement: found.statement,
                envelope: found.envelope,
                predicate: found.predicate.clone(),
                key: found.key,
                fields,
            };
            let Some(mut content) = content((gate, &rules), release, (image, found), now) else {
                continue;
            };
            content.id = EvidenceId(next);
            content.attested = Some(Box::new(attested));
            if is_recorded(state, &content) || is_among(&events, &content) {
                continue;
            }
            events.push(Event::EvidenceAdded(content));
            next += 1;
            *count += 1;
        }
    }
    Ok(events)
}

type Rules<'p> = [(&'p GateRule, std::collections::BTreeSet<&'p FieldPath>)];

/// The release's image that was looked at.
fn image_of<'a>(release: &'a Release, found: &Found) -> Option<&'a ImageKey> {
    let mut images = release.content.images.iter();
    images.find_map(|(key, image)| (image.image.digest == found.image).then_some(key))
}

/// What the predicate says in each field that a gate of this name asks for.
fn fields(found: &Found, rules: &Rules<'_>) -> BTreeMap<FieldPath, Option<String>> {
    let fields = rules.iter().flat_map(|(_, fields)| fields);
    fields
        .map(|field| ((*field).clone(), field.read(&found.content)))
        .collect()
}

/// Whether this very statement is recorded about the same, with all that is asked of it. One that
/// was revoked does not come back by being found again.
fn is_recorded(state: &State, new: &EvidenceContent) -> bool {
    let Some(signed) = &new.attested else {
        return false;
    };
    let mut known = state.evidence_near(&new.gate, [signed.statement]);
    known.any(|evidence| {
        let whole = |known: &Attested| {
            let mut fields = signed.fields.keys();
            fields.all(|field| known.fields.contains_key(field)) || evidence.revoked.is_some()
        };
        is_same(&evidence.content, new) && evidence.content.attested.as_deref().is_some_and(whole)
    })
}

/// Whether this look has found it already: a statement about several images lies beside each.
fn is_among(events: &[Event], new: &EvidenceContent) -> bool {
    let mut events = events.iter();
    events.any(|event| matches!(event, Event::EvidenceAdded(known) if is_same(known, new)))
}

/// Whether both are one statement by one key, for one gate and about the same.
fn is_same(one: &EvidenceContent, other: &EvidenceContent) -> bool {
    let signed = |content: &EvidenceContent| {
        let attested = content.attested.as_ref();
        attested.map(|attested| (attested.statement, attested.key))
    };
    one.gate == other.gate && one.subject == other.subject && signed(one) == signed(other)
}

fn content(
    (gate, rules): (&GateName, &Rules<'_>),
    release: &Release,
    (image, found): (&ImageKey, &Found),
    now: Time,
) -> Option<EvidenceContent> {
    let evidence_rule = rules.iter().find_map(|(rule, _)| match rule {
        GateRule::Evidence(rule) => Some(rule),
        _ => None,
    });
    match evidence_rule {
        // What is said of one image is not said of all that are released with it.
        Some(rule) if rule.per == Per::Release && !is_about_all(release, found) => None,
        Some(rule) => {
            let new = NewEvidence {
                release: release.content.name.clone(),
                gate: gate.clone(),
                image: (rule.per == Per::Image).then(|| image.clone()),
                finding: None,
                report: Some(found.report.clone()?),
                url: None,
                note: None,
            };
            evidence::content(rule, release, &new, now).ok()
        }
        None => Some(bare(gate, release, found)),
    }
}

fn is_about_all(release: &Release, found: &Found) -> bool {
    let mut images = release.content.images.values();
    images.all(|image| found.subjects.contains(&image.image.digest))
}

/// A signature gate wants the statement itself; it finds nothing and has no figures.
fn bare(gate: &GateName, release: &Release, found: &Found) -> EvidenceContent {
    EvidenceContent {
        id: EvidenceId(0),
        gate: gate.clone(),
        release: release.content.name.clone(),
        subject: Subject::Image {
            image: found.image,
            platform: None,
        },
        finding: None,
        figures: BTreeMap::new(),
        findings: Vec::new(),
        findings_left_out: 0,
        statements: Vec::new(),
        report: None,
        attested: None,
        url: None,
        note: None,
    }
}
