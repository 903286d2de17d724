//! Statements on findings (OpenVEX): from whom the gate hears them, about one image.

use super::{NewEvidence, choose, matching, past, refused, summary, text};
use crate::event::Event;
use crate::evidence::{
    EvidenceContent, ReportFacts, STATEMENTS_BYTES_MAX, STATEMENTS_MAX, Statement, Subject,
};
use crate::policy::{EvidenceKind, EvidenceRule, Per};
use crate::release::ReleaseImage;
use crate::{Actor, EnvironmentName, EvidenceId, Policy, Refusal, State, Time};

pub(super) fn decide(
    (state, policy): (&State, &Policy),
    rules: &[(&EnvironmentName, &EvidenceRule)],
    (new, report): (&NewEvidence, &ReportFacts),
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    may_state(policy, rules, new, actor)?;
    let hears = |rule: &EvidenceRule| {
        matches!(rule.kind, EvidenceKind::Scan | EvidenceKind::Any) && rule.per == Per::Image
    };
    if !rules.iter().any(|(_, rule)| hears(rule)) {
        let message = "holds statements on images, and the gate is none of a scan per image";
        return Err(refused(message.to_owned()));
    }
    if new.finding.is_some() {
        let message = "holds statements, which neither pass nor fail";
        return Err(refused(message.to_owned()));
    }
    past(report, now)?;
    let release = state.release(&new.release)?;
    let (_, image) = choose(release, new, &matching(release, new)?)?;
    let content = EvidenceContent {
        id: EvidenceId(state.evidence.len() as u64 + 1),
        gate: new.gate.clone(),
        release: new.release.clone(),
        subject: Subject::Image {
            image: image.image.digest,
            platform: None,
        },
        finding: None,
        figures: std::collections::BTreeMap::new(),
        findings: Vec::new(),
        findings_left_out: 0,
        statements: about(image, &report.statements)?,
        report: Some(summary(report)),
        attested: None,
        url: new.url.as_deref().map(text::url).transpose()?,
        note: new.note,
    };
    Ok(vec![Event::EvidenceAdded(content)])
}

fn may_state(
    policy: &Policy,
    rules: &[(&EnvironmentName, &EvidenceRule)],
    new: &NewEvidence,
    actor: &Actor,
) -> Result<(), Refusal> {
    if rules
        .iter()
        .any(|(_, rule)| rule.is_vex_from(policy, actor))
    {
        return Ok(());
    }
    let named = rules.iter().flat_map(|(_, rule)| rule.vex.iter().cloned());
    let named: Vec<_> = named.collect();
    let who = if named.is_empty() {
        "the gate has no `vex`, which says in the pipeline file whose statements count".to_owned()
    } else {
        let members: Vec<_> = policy.members(&named).into_iter().collect();
        format!("allowed are {}", members.join(", "))
    };
    Err(Refusal::NotAllowed {
        actor: actor.clone(),
        what: format!("make statements on findings for {}", new.gate),
        who,
    })
}

/// The statements on an image or its platforms, all of them: one that were left out could be the
/// one that puts a finding back.
fn about(image: &ReleaseImage, statements: &[Statement]) -> Result<Vec<Statement>, Refusal> {
    let whole = image.image.digest;
    let mut kept = Vec::new();
    for statement in statements {
        let mut images: Vec<_> = if statement.images.contains(&whole) {
            vec![whole]
        } else {
            let platforms = image.image.platforms.iter().map(|(_, manifest)| *manifest);
            let named = |manifest: &_| statement.images.contains(manifest);
            platforms.filter(named).collect()
        };
        images.sort_unstable();
        images.dedup();
        if !images.is_empty() {
            kept.push(Statement {
                images,
                ..statement.clone()
            });
        }
    }
    if kept.is_empty() {
        let message = "makes no statement on an image of this release";
        return Err(refused(message.to_owned()));
    }
    let bytes = serde_json::to_vec(&kept).map_or(usize::MAX, |json| json.len());
    if kept.len() > STATEMENTS_MAX || bytes > STATEMENTS_BYTES_MAX {
        return Err(refused(format!(
            "holds {} statements on this image in {bytes} bytes; the limits are {STATEMENTS_MAX} and {STATEMENTS_BYTES_MAX}: split it",
            kept.len()
        )));
    }
    Ok(kept)
}
