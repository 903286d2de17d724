//! `evidence add`: what it covers is found out now, and never guessed.

mod statements;

use liftlock_oci::{Digest, Platform};

use super::{NewEvidence, text};
use crate::event::Event;
use crate::evidence::{EvidenceContent, Finding, ReportFacts, ReportSummary, Subject, listed};
use crate::policy::{EvidenceKind, EvidenceRule, GateRule, Per};
use crate::release::{Release, ReleaseImage};
use crate::{Actor, EvidenceId, ImageKey, Policy, Refusal, Span, State, Time};

/// How far in the future a report's own time may be: clocks differ.
const AHEAD_MAX: Span = Span::from_secs(300);

pub(super) fn decide(
    state: &State,
    new: &NewEvidence,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let release = state.release(&new.release)?;
    let rules = policy.evidence_rules(&new.gate);
    let Some((_, rule)) = rules.first() else {
        return Err(Refusal::unknown_gate(&new.gate, &evidence_gates(policy)));
    };
    if let Some(report) = new.report.as_ref()
        && !report.statements.is_empty()
    {
        return statements::decide((state, policy), &rules, (new, report), actor, now);
    }
    may_submit(policy, &rules, new, actor)?;
    let mut content = content(rule, release, new, now)?;
    content.id = EvidenceId(state.evidence.len() as u64 + 1);
    Ok(vec![Event::EvidenceAdded(content)])
}

/// What is recorded of evidence of a kind that examines something; its id is still to be given.
pub(super) fn content(
    rule: &EvidenceRule,
    release: &Release,
    new: &NewEvidence,
    now: Time,
) -> Result<EvidenceContent, Refusal> {
    if let Some(report) = &new.report {
        fits(rule, report, now)?;
        agrees(new, report)?;
    } else if new.finding.is_none() {
        let message = "says nothing; give a report, or pass or fail".to_owned();
        return Err(Refusal::Invalid {
            what: "this evidence".to_owned(),
            message,
        });
    }
    let found = new.report.as_ref().map(|report| report.findings.as_slice());
    let (findings, findings_left_out) = listed(found.unwrap_or_default());
    Ok(EvidenceContent {
        id: EvidenceId(0),
        gate: new.gate.clone(),
        release: new.release.clone(),
        subject: subject(rule, release, new)?,
        finding: new
            .finding
            .or(new.report.as_ref().and_then(|report| report.finding)),
        figures: new
            .report
            .as_ref()
            .map(|report| report.figures.clone())
            .unwrap_or_default(),
        findings,
        findings_left_out,
        statements: Vec::new(),
        report: new.report.as_ref().map(summary),
        attested: None,
        url: new.url.as_deref().map(text::url).transpose()?,
        note: new.note,
    })
}

/// Most tools that are recorded of a report.
const TOOLS_MAX: usize = 8;

fn summary(report: &ReportFacts) -> ReportSummary {
    ReportSummary {
        format: report.format.clone(),
        digest: report.digest,
        made_at: report.made_at,
        asserted: report.subjects.is_empty(),
        tools: report.tools.iter().take(TOOLS_MAX).cloned().collect(),
    }
}

fn evidence_gates(policy: &Policy) -> Vec<&str> {
    let mut names = Vec::new();
    for gate in policy
        .environments
        .iter()
        .flat_map(|environment| environment.gates.list())
    {
        if matches!(gate.rule, GateRule::Evidence(_)) && !names.contains(&gate.name.as_str()) {
            names.push(gate.name.as_str());
        }
    }
    names
}

fn may_submit(
    policy: &Policy,
    rules: &[(&crate::EnvironmentName, &EvidenceRule)],
    new: &NewEvidence,
    actor: &Actor,
) -> Result<(), Refusal> {
    if rules.iter().any(|(_, rule)| rule.is_from(policy, actor)) {
        return Ok(());
    }
    let who = if policy.counts(actor) {
        let from: Vec<_> = rules
            .iter()
            .flat_map(|(_, rule)| rule.from.clone())
            .collect();
        let members: Vec<_> = policy.members(&from).into_iter().collect();
        format!("allowed are {}", members.join(", "))
    } else {
        "the pipeline file says `identity: authenticated`, and an identity from a state file is only claimed".to_owned()
    };
    Err(Refusal::NotAllowed {
        actor: actor.clone(),
        what: format!("submit evidence for {}", new.gate),
        who,
    })
}

/// Whether the report is of the gate's kind, and not from the future.
fn fits(rule: &EvidenceRule, report: &ReportFacts, now: Time) -> Result<(), Refusal> {
    if report.kind != rule.kind && rule.kind != EvidenceKind::Any {
        return Err(refused(format!(
            "is {}, and the gate wants {}",
            report.format, rule.kind
        )));
    }
    past(report, now)
}

fn refused(message: String) -> Refusal {
    Refusal::Invalid {
        what: "the report".to_owned(),
        message,
    }
}

fn past(report: &ReportFacts, now: Time) -> Result<(), Refusal> {
    if let Some(made_at) = report.made_at.filter(|made_at| *made_at > now + AHEAD_MAX) {
        return Err(refused(format!(
            "says it was made at {made_at:#}, which is in the future"
        )));
    }
    Ok(())
}

/// A plain pass does not talk over a report that failed; a plain fail needs no report's consent.
fn agrees(new: &NewEvidence, report: &ReportFacts) -> Result<(), Refusal> {
    if new.finding == Some(Finding::Passed) && report.finding == Some(Finding::Failed) {
        return Err(Refusal::Invalid {
            what: "the report".to_owned(),
            message: "failed, so it cannot be submitted as a pass".to_owned(),
        });
    }
    Ok(())
}

fn subject(rule: &EvidenceRule, release: &Release, new: &NewEvidence) -> Result<Subject, Refusal> {
    let matching = matching(release, new)?;
    if rule.per == Per::Release {
        return Ok(Subject::Release {
            set: release.content.set_digest(),
        });
    }
    let (key, image) = choose(release, new, &matching)?;
    let platform = platform(key, image, new.report.as_ref())?;
    Ok(Subject::Image {
        image: image.image.digest,
        platform,
    })
}

/// The release's images that a report is about; every one where it names none.
fn matching<'a>(
    release: &'a Release,
    new: &NewEvidence,
) -> Result<Vec<(&'a ImageKey, &'a ReleaseImage)>, Refusal> {
    let named = new
        .report
        .as_ref()
        .map(|report| report.subjects.as_slice())
        .unwrap_or_default();
    let images = release.content.images.iter();
    let matching: Vec<_> = images
        .filter(|(_, image)| named.is_empty() || is_named(image, named))
        .collect();
    if matching.is_empty() {
        let found: Vec<_> = named.iter().take(4).map(Digest::to_string).collect();
        let release = release.content.name.clone();
        return Err(Refusal::OtherSubject {
            found: found.join(", "),
            release,
        });
    }
    Ok(matching)
}

fn is_named(image: &ReleaseImage, named: &[Digest]) -> bool {
    named.contains(&image.image.digest)
        || image
            .image
            .platforms
            .iter()
            .any(|(_, manifest)| named.contains(manifest))
}

fn choose<'a>(
    release: &'a Release,
    new: &NewEvidence,
    matching: &[(&'a ImageKey, &'a ReleaseImage)],
) -> Result<(&'a ImageKey, &'a ReleaseImage), Refusal> {
    let keys = || {
        release
            .content
            .images
            .keys()
            .map(ImageKey::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (&new.image, matching) {
        (Some(wanted), _) => {
            if !release.content.images.contains_key(wanted) {
                return Err(Refusal::Unknown {
                    what: "image",
                    name: wanted.to_string(),
                    known: format!("the release has {}", keys()),
                });
            }
            matching
                .iter()
                .find(|(key, _)| *key == wanted)
                .copied()
                .ok_or_else(|| Refusal::OtherSubject {
                    found: format!("another image than {wanted}"),
                    release: release.content.name.clone(),
                })
        }
        (None, [only]) => Ok(*only),
        (None, _) => Err(Refusal::Invalid {
            what: "this evidence".to_owned(),
            message: format!("is about one image; say which with --image ({})", keys()),
        }),
    }
}

/// The platform a report is about, by its manifest's digest; `None` for all.
fn platform(
    key: &ImageKey,
    image: &ReleaseImage,
    report: Option<&ReportFacts>,
) -> Result<Option<Digest>, Refusal> {
    let platforms = &image.image.platforms;
    let Some(report) = report else {
        return Ok(None);
    };
    if let Some((_, manifest)) = platforms.iter().find(|(_, m)| report.subjects.contains(m)) {
        return Ok(Some(*manifest));
    }
    match &report.platform {
        _ if platforms.is_empty() => Ok(None),
        Some(named) => platforms
            .iter()
            .find(|(platform, _)| is_same(platform, named))
            .map(|(_, manifest)| Some(*manifest))
            .ok_or_else(|| refused(format!("is about {named}, which {key} does not have"))),
        // A scan looks at one platform; which one is not guessed. A test run covers the image.
        None if report.kind == EvidenceKind::Scan && platforms.len() > 1 => Err(refused(format!(
            "does not say which platform of {key} it is about"
        ))),
        None => Ok(None),
    }
}

/// A report may leave the variant out where the image names one (`arm64` for `arm64/v8`).
fn is_same(platform: &Platform, named: &Platform) -> bool {
    platform.os == named.os
        && platform.architecture == named.architecture
        && (named.variant.is_none()
            || platform.variant.is_none()
            || platform.variant == named.variant)
}
