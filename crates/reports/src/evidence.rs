//! What was found, as the facts that a decision takes.

use liftlock_core::Time;
use liftlock_core::evidence::{Finding, Found, ReportFacts, Statement, VulnerabilityStatus};
use liftlock_core::policy::EvidenceKind;
use liftlock_oci::Digest;

use crate::{Facts, Format, Outcome, Status};

/// The facts of a report whose bytes have this digest, as evidence.
pub fn evidence(facts: Facts, digest: Digest) -> ReportFacts {
    ReportFacts {
        format: facts.format.as_str().to_owned(),
        kind: kind(facts.format),
        digest,
        made_at: facts.time_us.map(Time::from_us),
        finding: facts.outcome.map(|outcome| match outcome {
            Outcome::Passed => Finding::Passed,
            Outcome::Failed => Finding::Failed,
        }),
        figures: facts.figures,
        findings: facts.findings.into_iter().map(found).collect(),
        statements: facts.statements.into_iter().map(statement).collect(),
        tools: facts.tools,
        subjects: facts.subjects,
        platform: facts.platform,
    }
}

/// What a report of a format is evidence of; statements are about what a scan finds.
fn kind(format: Format) -> EvidenceKind {
    match format {
        Format::JunitXml => EvidenceKind::Tests,
        Format::TrivyJson | Format::GrypeJson | Format::Sarif | Format::Openvex => {
            EvidenceKind::Scan
        }
        Format::K6Json => EvidenceKind::Load,
    }
}

fn found(finding: crate::Finding) -> Found {
    Found {
        id: finding.id,
        severity: finding.severity,
        count: 1,
    }
}

fn statement(statement: crate::Statement) -> Statement {
    Statement {
        id: statement.id,
        aliases: statement.aliases,
        status: match statement.status {
            Status::NotAffected => VulnerabilityStatus::NotAffected,
            Status::Affected => VulnerabilityStatus::Affected,
            Status::Fixed => VulnerabilityStatus::Fixed,
            Status::UnderInvestigation => VulnerabilityStatus::UnderInvestigation,
        },
        justification: statement.justification,
        images: statement.subjects,
        partial: statement.partial,
    }
}
