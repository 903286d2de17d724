//! The reports that evidence came as: kept as they were, and read again.

use std::path::Path;

use liftlock_core::evidence::{EvidenceContent, ReportFacts};
use liftlock_store::exported_blob;

use super::Audited;
use crate::verbs::evidence::facts_of;

/// What became of the reports of all evidence.
#[derive(Debug, Default)]
pub(in crate::verbs::log) struct Reports {
    /// Read again, and with the figures that were recorded.
    pub(super) same: u64,
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

/// Looks for each report in an export, and compares what it says with what was recorded of it.
pub(in crate::verbs::log) fn of_export(folder: &Path, audited: &Audited) -> Reports {
    let mut reports = Reports::default();
    for pipeline in &audited.pipelines {
        for evidence in &pipeline.state.evidence {
            let content = &evidence.content;
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
                Some(problem) => {
                    let (pipeline, id, gate) = (&pipeline.name, content.id, &content.gate);
                    let line = format!("{pipeline}: {id} ({gate}): {problem}");
                    reports.findings.push(line);
                }
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
