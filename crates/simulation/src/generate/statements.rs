//! What people say of findings: true or not, of an image or a platform of it, of all of it or a
//! part.

use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{ReportFacts, Statement, VulnerabilityStatus};
use liftlock_core::policy::EvidenceKind;
use liftlock_core::release::ReleaseContent;
use liftlock_oci::Digest;

use super::is;
use super::reports::{FINDINGS, subjects};
use crate::random::Random;

/// Statements on findings in one image of a release.
pub(crate) fn statements(random: &mut Random, release: &ReleaseContent) -> Option<NewEvidence> {
    let keys: Vec<_> = release.images.keys().collect();
    let key = *random.pick(&keys)?;
    let image = &release.images[key].image;
    let manifest = random.pick(&subjects(image)).copied();
    let about = manifest.filter(|_| random.chance(300));
    let about = about.unwrap_or(image.digest);
    let mut statements = Vec::new();
    for _ in 0..1 + random.below(3) {
        statements.extend(statement(random, about));
    }
    Some(NewEvidence {
        release: release.name.clone(),
        gate: is("scan"),
        image: Some(key.clone()),
        finding: None,
        report: Some(document(random, about, statements)),
        url: None,
        note: None,
    })
}

fn statement(random: &mut Random, about: Digest) -> Option<Statement> {
    let (id, _) = random.pick(&FINDINGS)?;
    let status = random.weighted(&[
        (5, VulnerabilityStatus::NotAffected),
        (2, VulnerabilityStatus::Fixed),
        (2, VulnerabilityStatus::Affected),
        (1, VulnerabilityStatus::UnderInvestigation),
    ])?;
    // Some call it by another name first.
    let (id, aliases) = match random.chance(250) {
        true => (id.replace("CVE", "GHSA"), vec![(*id).to_owned()]),
        false => ((*id).to_owned(), Vec::new()),
    };
    Some(Statement {
        id,
        aliases,
        status,
        justification: None,
        images: vec![about],
        partial: random.chance(120),
    })
}

fn document(random: &mut Random, about: Digest, statements: Vec<Statement>) -> ReportFacts {
    ReportFacts {
        format: "OpenVEX".to_owned(),
        kind: EvidenceKind::Scan,
        digest: Digest::of(format!("document {}", random.next()).as_bytes()),
        made_at: None,
        finding: None,
        figures: std::collections::BTreeMap::new(),
        findings: Vec::new(),
        statements,
        subjects: vec![about],
        tools: Vec::new(),
        platform: None,
    }
}
