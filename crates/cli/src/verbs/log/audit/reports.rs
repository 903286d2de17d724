//! The reports that evidence came as: kept as they were, and read again.

use std::path::Path;

use liftlock_core::attestation::Attested;
use liftlock_core::evidence::{EvidenceContent, ReportFacts};
use liftlock_store::exported_blob;

use super::attested::{Again, again};
use super::{Audited, Pipeline};
use liftlock_verbs::evidence::facts_of;

/// What became of the reports of all evidence.
#[derive(Debug, Default)]
pub(in crate::verbs::log) struct Reports {
    /// Read again, and with the figures that were recorded.
    pub(super) same: u64,
    /// Attestations that were verified again, and say what was recorded.
    pub(super) verified: u64,
    /// Signatures that were recorded before they were kept, and cannot be checked again.
    pub(super) before_kept: u64,
    /// Not in the export: erased in the state, or left out.
    pub(super) missing: u64,
    /// Not what was recorded, in words.
    pub(super) findings: Vec<String>,
}

impl Reports {
    pub(in crate::verbs::log) fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Reports {
    fn found(&mut self, pipeline: &Pipeline, content: &EvidenceContent, problem: &str) {
        let (pipeline, id, gate) = (&pipeline.name, content.id, &content.gate);
        let line = format!("{pipeline}: {id} ({gate}): {problem}");
        self.findings.push(line);
    }

    fn attested(
        &mut self,
        folder: &Path,
        pipeline: &Pipeline,
        content: &EvidenceContent,
        attested: &Attested,
    ) {
        match exported_blob(folder, &attested.envelope) {
            Ok(None) => self.missing += 1,
            Err(fault) => self.found(pipeline, content, &fault.to_string()),
            Ok(Some(bytes)) => {
                match again((&pipeline.state, &pipeline.keys), content, attested, &bytes) {
                    Again::Same => self.verified += 1,
                    Again::BeforeKept => self.before_kept += 1,
                    Again::Different(problem) => self.found(pipeline, content, &problem),
                }
            }
        }
    }
}

/// Looks for each report in an export, and compares what it says with what was recorded of it.
pub(in crate::verbs::log) fn of_export(folder: &Path, audited: &Audited) -> Reports {
    let mut reports = Reports::default();
    for pipeline in &audited.pipelines {
        for evidence in &pipeline.state.evidence {
            let content = &evidence.content;
            if let Some(attested) = content.attested.as_deref() {
                reports.attested(folder, pipeline, content, attested);
                continue;
            }
            let Some(summary) = &content.report else {
                continue;
            };
            let found = exported_blob(folder, &summary.digest);
            let problem = match found {
                Ok(None) => {
                    reports.missing += 1;
                    continue;
                }
                Err(fault) => Some(fault.to_string()),
                Ok(Some(bytes)) => match facts_of(&bytes, summary.digest) {
                    Ok(facts) => difference(content, &facts),
                    Err(error) => Some(format!("the report cannot be read any more: {error}")),
                },
            };
            match problem {
                None => reports.same += 1,
                Some(problem) => reports.found(pipeline, content, &problem),
            }
        }
    }
    reports
}

/// What was recorded otherwise than the report says.
fn difference(content: &EvidenceContent, facts: &ReportFacts) -> Option<String> {
    let summary = content.report.as_ref()?;
    let differs = |what: &str| Some(format!("its {what} are not those of the report"));
    if facts.format != summary.format {
        return Some(format!(
            "it is recorded as {}, and the report is {}",
            summary.format, facts.format
        ));
    }
    if facts.figures != content.figures && content.statements.is_empty() {
        return differs("figures");
    }
    if facts.made_at != summary.made_at {
        return Some("its time is not that of the report".to_owned());
    }
    let passes = liftlock_core::evidence::Finding::Passed;
    let failed = liftlock_core::evidence::Finding::Failed;
    if content.finding == Some(passes) && facts.finding == Some(failed) {
        return Some("it is recorded as passed, and the report failed".to_owned());
    }
    let listed = |found: &liftlock_core::evidence::Found| {
        facts
            .findings
            .iter()
            .any(|f| f.id == found.id && f.severity == found.severity)
    };
    if !content.findings.iter().all(listed) {
        return differs("findings");
    }
    None
}
