//! Evidence: passes and failures, reports old and from the future, the same one twice, by whom it
//! may be and by whom not.

use std::collections::BTreeMap;

use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{Finding, Found, ReportFacts};
use liftlock_core::policy::{EvidenceKind, Severity};
use liftlock_core::release::ReleaseContent;
use liftlock_core::{ImageKey, Time};
use liftlock_oci::{Digest, Image};

use super::gates::EVIDENCE;
use super::is;
use crate::random::Random;
use crate::time::{DAY, HOUR, MINUTE};

/// What scans find, and how bad it is.
pub(super) const FINDINGS: [(&str, Severity); 5] = [
    ("CVE-2026-1", Severity::Critical),
    ("CVE-2026-2", Severity::Critical),
    ("CVE-2026-3", Severity::High),
    ("CVE-2026-4", Severity::High),
    ("CVE-2026-5", Severity::Low),
];

/// Evidence for one of the gates, about every part of a release, good or not.
pub(crate) fn evidence(
    random: &mut Random,
    release: &ReleaseContent,
    (gate, good): (usize, bool),
    (now, plain): (i64, bool),
) -> Vec<NewEvidence> {
    let (gate, kind) = EVIDENCE[gate % EVIDENCE.len()];
    if kind != EvidenceKind::Scan {
        // A least of something is only met by a report.
        let reported = kind == EvidenceKind::Tests && (plain || random.chance(600));
        let report = reported.then(|| match report(random, kind, (good, now), &[]) {
            report if plain => renewed(random, report),
            report => report,
        });
        let finding = report.is_none().then(|| found(good));
        return vec![new(release, gate, None, finding, report)];
    }
    let mut all = Vec::new();
    for (key, image) in &release.images {
        for subject in subjects(&image.image) {
            let report = report(random, kind, (good, now), &[subject]);
            let report = if plain {
                renewed(random, report)
            } else {
                report
            };
            // Without a limit, figures alone decide nothing.
            let finding = (plain || random.chance(350)).then(|| found(good));
            let key = Some(key.clone());
            all.push(new(release, gate, key, finding, Some(report)));
        }
    }
    all
}

/// Evidence that passes, and is not enough for each gate: few tests, or a scan with findings.
pub(crate) fn poor(random: &mut Random, release: &ReleaseContent, scans: bool) -> Vec<NewEvidence> {
    if !scans {
        let mut report = report(random, EvidenceKind::Tests, (true, 0), &[]);
        let few = random.below(4) as u64;
        for figure in ["passed", "tests"] {
            report.figures.insert(figure.to_owned(), few);
        }
        let report = renewed(random, report);
        return vec![new(release, "tests", None, None, Some(report))];
    }
    let mut all = Vec::new();
    for (key, image) in &release.images {
        for subject in subjects(&image.image) {
            let report = report(random, EvidenceKind::Scan, (false, 0), &[subject]);
            let report = renewed(random, report);
            let key = Some(key.clone());
            all.push(new(release, "scan", key, None, Some(report)));
        }
    }
    all
}

/// What a signed statement reports: every time it is another one.
pub(super) fn signed(
    random: &mut Random,
    kind: EvidenceKind,
    good: bool,
    about: &[Digest],
) -> ReportFacts {
    let mut report = report(random, kind, (good, 0), about);
    report.made_at = None;
    report.finding = Some(found(good));
    renewed(random, report)
}

/// A report that nobody has seen before, made now.
fn renewed(random: &mut Random, mut report: ReportFacts) -> ReportFacts {
    report.made_at = None;
    report.digest = Digest::of(format!("report {}", random.next()).as_bytes());
    report
}

fn found(good: bool) -> Finding {
    match good {
        true => Finding::Passed,
        false => Finding::Failed,
    }
}

/// A scan looks at one platform.
pub(super) fn subjects(image: &Image) -> Vec<Digest> {
    let platforms: Vec<_> = image
        .platforms
        .iter()
        .map(|(_, manifest)| *manifest)
        .collect();
    if platforms.is_empty() {
        vec![image.digest]
    } else {
        platforms
    }
}

fn new(
    release: &ReleaseContent,
    gate: &str,
    image: Option<ImageKey>,
    finding: Option<Finding>,
    report: Option<ReportFacts>,
) -> NewEvidence {
    NewEvidence {
        release: release.name.clone(),
        gate: is(gate),
        image,
        finding,
        report,
        url: None,
        note: None,
    }
}

fn report(
    random: &mut Random,
    kind: EvidenceKind,
    (good, now): (bool, i64),
    subjects: &[Digest],
) -> ReportFacts {
    let made_at = match random.below(8) {
        0 => Some(now - random.between(HOUR, 4 * DAY)),
        1 => Some(now + random.between(MINUTE, HOUR)),
        2 | 3 => Some(now - random.between(1, 10 * MINUTE)),
        _ => None,
    };
    // Few different bytes: the very same report comes twice.
    let serial = random.below(50);
    let is_scan = kind == EvidenceKind::Scan;
    let (figures, findings) = match is_scan {
        true => scanned(random, good),
        false => (tested(random, good), Vec::new()),
    };
    ReportFacts {
        format: if is_scan { "Trivy JSON" } else { "JUnit XML" }.to_owned(),
        kind,
        digest: Digest::of(format!("report {serial} {good}").as_bytes()),
        made_at: made_at.map(Time::from_us),
        finding: (!is_scan).then(|| found(good)),
        figures,
        subjects: subjects.to_vec(),
        findings,
        statements: Vec::new(),
        tools: Vec::new(),
        platform: None,
    }
}

/// Enough tests for any gate, or few, of which some fail.
fn tested(random: &mut Random, good: bool) -> BTreeMap<String, u64> {
    let failed = u64::from(!good) * (1 + random.below(3) as u64);
    let passed = if good { 10 } else { random.below(5) as u64 };
    let figures = [
        ("failed", failed),
        ("passed", passed),
        ("tests", failed + passed),
    ];
    figures.map(|(key, count)| (key.to_owned(), count)).into()
}

/// Nothing, or one and the other finding, of which not each is always listed.
fn scanned(random: &mut Random, good: bool) -> (BTreeMap<String, u64>, Vec<Found>) {
    let mut figures = BTreeMap::new();
    let mut findings = Vec::new();
    for severity in Severity::ALL {
        figures.insert(severity.as_str().to_owned(), 0);
    }
    for (id, severity) in FINDINGS {
        if good || !random.chance(450) {
            continue;
        }
        let count = 1 + random.below(2) as u64;
        *figures.entry(severity.as_str().to_owned()).or_default() += count;
        if random.chance(900) {
            findings.push(Found {
                id: id.to_owned(),
                severity,
                count,
            });
        }
    }
    (figures, findings)
}
