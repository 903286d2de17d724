//! Evidence: passes and failures, reports old and from the future, the same one twice, by whom it
//! may be and by whom not.

use std::collections::BTreeMap;

use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{Finding, ReportFacts};
use liftlock_core::policy::EvidenceKind;
use liftlock_core::release::ReleaseContent;
use liftlock_core::{ImageKey, Time};
use liftlock_oci::{Digest, Image};

use super::gates::EVIDENCE;
use super::is;
use crate::random::Random;
use crate::time::{DAY, HOUR, MINUTE};

/// Evidence for one of the gates, about every part of a release, good or not.
pub(crate) fn evidence(
    random: &mut Random,
    release: &ReleaseContent,
    (gate, good): (usize, bool),
    (now, plain): (i64, bool),
) -> Vec<NewEvidence> {
    let (gate, kind) = EVIDENCE[gate % EVIDENCE.len()];
    if kind != EvidenceKind::Scan {
        let report = (!plain && kind == EvidenceKind::Tests && random.chance(500))
            .then(|| report(random, kind, (good, now), &[]));
        let finding = match &report {
            Some(_) => None,
            None => Some(if good {
                Finding::Passed
            } else {
                Finding::Failed
            }),
        };
        return vec![new(release, gate, None, finding, report)];
    }
    let mut all = Vec::new();
    for (key, image) in &release.images {
        for subject in subjects(&image.image) {
            let mut report = report(random, kind, (good, now), &[subject]);
            if plain {
                report.made_at = None;
                report.digest = Digest::of(format!("report {}", random.next()).as_bytes());
            }
            // Without a limit, figures alone decide nothing.
            let finding = (plain || random.chance(500)).then_some(match good {
                true => Finding::Passed,
                false => Finding::Failed,
            });
            let key = Some(key.clone());
            all.push(new(release, gate, key, finding, Some(report)));
        }
    }
    all
}

/// A scan looks at one platform.
fn subjects(image: &Image) -> Vec<Digest> {
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
    let count = u64::from(!good) * (1 + random.below(3) as u64);
    let key = if is_scan { "critical" } else { "failed" };
    ReportFacts {
        format: if is_scan { "Trivy JSON" } else { "JUnit XML" }.to_owned(),
        kind,
        digest: Digest::of(format!("report {serial} {good}").as_bytes()),
        made_at: made_at.map(Time::from_us),
        finding: (!is_scan).then_some(if good {
            Finding::Passed
        } else {
            Finding::Failed
        }),
        figures: BTreeMap::from([(key.to_owned(), count)]),
        subjects: subjects.to_vec(),
        findings: Vec::new(),
        statements: Vec::new(),
        tools: Vec::new(),
        platform: None,
    }
}
