//! Evidence as it must have been submitted, told from what was recorded of it.

use liftlock_oci::Digest;

use crate::decide::NewEvidence;
use crate::evidence::{EvidenceContent, ReportFacts, ReportSummary, Subject};
use crate::policy::EvidenceKind;
use crate::release::{Release, ReleaseImage};
use crate::{ImageKey, State};

/// What was submitted. Of a report only its summary is recorded: its facts are taken from the
/// record, so what is decided again is who may say this, about what, and when.
pub(super) fn new(state: &State, content: &EvidenceContent) -> NewEvidence {
    let release = state.releases.get(&content.release);
    let about = release.and_then(|release| image(release, &content.subject));
    let report = content.report.as_ref();
    NewEvidence {
        release: content.release.clone(),
        gate: content.gate.clone(),
        image: about.map(|(key, _)| key.clone()),
        finding: content.finding.filter(|_| report.is_none()),
        report: report.map(|report| {
            let image = about.map(|(_, image)| image);
            facts(state, content, report, (release, image))
        }),
        url: content.url.clone(),
        note: content.note,
    }
}

/// The release's image that evidence is about, where it is about one.
fn image<'a>(release: &'a Release, subject: &Subject) -> Option<(&'a ImageKey, &'a ReleaseImage)> {
    let Subject::Image { image: about, .. } = subject else {
        return None;
    };
    let mut images = release.content.images.iter();
    images.find(|(_, image)| image.image.digest == *about)
}

fn facts(
    state: &State,
    content: &EvidenceContent,
    report: &ReportSummary,
    (release, image): (Option<&Release>, Option<&ReleaseImage>),
) -> ReportFacts {
    let rules = state.policy().ok().map(|p| p.evidence_rules(&content.gate));
    let kind = rules.and_then(|rules| rules.first().map(|(_, rule)| rule.kind));
    let platform = match &content.subject {
        Subject::Image { platform, .. } => *platform,
        Subject::Release { .. } => None,
    };
    let named = |manifest: Digest| {
        let mut platforms = image?.image.platforms.iter();
        platforms.find(|(_, known)| *known == manifest)
    };
    ReportFacts {
        format: report.format.clone(),
        // What kind a report is of is not recorded: the gate's own fits it.
        kind: match kind {
            None | Some(EvidenceKind::Any) => EvidenceKind::Tests,
            Some(kind) => kind,
        },
        digest: report.digest,
        made_at: report.made_at,
        finding: content.finding,
        figures: content.figures.clone(),
        findings: content.findings.clone(),
        statements: content.statements.clone(),
        tools: report.tools.clone(),
        subjects: match report.asserted {
            true => Vec::new(),
            false => subjects(content, platform, release),
        },
        platform: platform
            .and_then(named)
            .filter(|_| report.asserted)
            .map(|(platform, _)| platform.clone()),
    }
}

/// The digests that the report names, as far as what was recorded depends on them.
fn subjects(
    content: &EvidenceContent,
    platform: Option<Digest>,
    release: Option<&Release>,
) -> Vec<Digest> {
    match &content.subject {
        Subject::Image { image, .. } => vec![platform.unwrap_or(*image)],
        Subject::Release { .. } => {
            let images = release.into_iter().flat_map(|r| r.content.images.values());
            images.map(|image| image.image.digest).collect()
        }
    }
}
