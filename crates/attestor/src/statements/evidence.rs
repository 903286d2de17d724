//! Evidence that came as reports, as attestations of its own.

use liftlock_attest::DigestSet;
use liftlock_attest::predicates::{
    Database, ResourceDescriptor, Scan, Scanner, Severity, TestOutcome, TestResult, Vulnerability,
    Vulns,
};
use liftlock_core::Subject;
use liftlock_core::attestation::StatedEvidence;
use liftlock_core::evidence::{EvidenceContent, Finding, ReportSummary};
use liftlock_core::policy::EvidenceKind;
use liftlock_oci::Digest;
use liftlock_registry::attestations::Attestation;

use super::{Writer, digest};

/// Whether it is about the image, alone or as part of its release.
pub(super) fn is_about(evidence: &StatedEvidence, set: Digest, image: Digest) -> bool {
    match &evidence.evidence.content.subject {
        Subject::Release { set: about } => *about == set,
        Subject::Image { image: about, .. } => *about == image,
    }
}

/// Evidence that is no attestation of ours, by the digest of what it came as; nothing where it
/// came as nothing but someone's word.
pub(super) fn reference(evidence: &StatedEvidence) -> Option<ResourceDescriptor> {
    let content = &evidence.evidence.content;
    let name = Some(format!("{} {}", evidence.gate, evidence.id));
    if let Some(attested) = &content.attested {
        return Some(ResourceDescriptor {
            name,
            uri: Some(attested.predicate.as_uri().to_owned()),
            ..digest(attested.statement)
        });
    }
    let report = content.report.as_ref()?;
    Some(ResourceDescriptor {
        name,
        ..digest(report.digest)
    })
}

impl Writer<'_> {
    /// It as an attestation, with what that is about: the image, or the manifest of a platform.
    /// Nothing for what came signed already, without a report, or is neither tests nor a scan; and
    /// nothing for a scan of which not every finding was recorded, for what is said of it would be
    /// less than it found.
    pub(super) fn evidence(
        &self,
        evidence: &StatedEvidence,
        image: Digest,
    ) -> Result<Option<(Digest, Attestation)>, String> {
        let content = &evidence.evidence.content;
        let Some(report) = content
            .report
            .as_ref()
            .filter(|_| content.attested.is_none())
        else {
            return Ok(None);
        };
        let subject = match &content.subject {
            Subject::Image {
                platform: Some(manifest),
                ..
            } => *manifest,
            _ => image,
        };
        let signed = match evidence.kind {
            EvidenceKind::Tests => match tests(content, report) {
                Some(tests) => self.signed(subject, &tests)?,
                None => return Ok(None),
            },
            EvidenceKind::Scan if content.findings_left_out == 0 => {
                let at = report.made_at.unwrap_or(evidence.evidence.at);
                self.signed(subject, &scan(content, report, &at.to_string()))?
            }
            _ => return Ok(None),
        };
        Ok(Some((subject, signed)))
    }
}

fn tests(content: &EvidenceContent, report: &ReportSummary) -> Option<TestResult> {
    let result = match content.finding? {
        Finding::Passed => TestOutcome::Passed,
        Finding::Failed => TestOutcome::Failed,
    };
    let configuration = ResourceDescriptor {
        name: Some(report.format.clone()),
        digest: Some(DigestSet::of(report.digest)),
        ..ResourceDescriptor::default()
    };
    Some(TestResult {
        result,
        configuration: vec![configuration],
        url: content.url.clone(),
        passed_tests: Vec::new(),
        warned_tests: Vec::new(),
        failed_tests: Vec::new(),
    })
}

fn scan(content: &EvidenceContent, report: &ReportSummary, at: &str) -> Vulns {
    let mut result = Vec::new();
    for found in &content.findings {
        let severity = Severity {
            method: "rating".to_owned(),
            score: found.severity.as_str().to_uppercase(),
        };
        let one = Vulnerability {
            id: found.id.clone(),
            severity: vec![severity],
        };
        let times = usize::try_from(found.count).unwrap_or(usize::MAX);
        result.extend(std::iter::repeat_n(one, times.min(TIMES_MAX)));
    }
    Vulns {
        scanner: Scanner {
            uri: format!("urn:liftlock:report:{}", report.format),
            version: report.tools.first().cloned(),
            db: Database::default(),
            result,
        },
        metadata: Scan {
            scan_started_on: at.to_owned(),
            scan_finished_on: at.to_owned(),
        },
    }
}

/// The most often that one finding in several packages is repeated.
const TIMES_MAX: usize = 100;
