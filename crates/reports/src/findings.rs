//! What scanners have in common: limits on findings, and their counts.

use liftlock_core::policy::Severity;
use std::collections::BTreeMap;

use crate::text::bounded;
use crate::{Finding, ReportError};

/// Most findings of a report.
pub const FINDINGS_MAX: usize = 50_000;
/// Most characters of a finding's id.
pub const FINDING_ID_CHARS_MAX: usize = 128;

/// Refuses more than [`FINDINGS_MAX`].
pub(crate) fn within_findings(count: usize) -> Result<(), ReportError> {
    if count > FINDINGS_MAX {
        return Err(ReportError::Limit {
            what: "findings",
            max: FINDINGS_MAX,
        });
    }
    Ok(())
}

/// The id of a finding. It is never cut: a cut one could be taken for another.
pub(crate) fn finding_id(field: &'static str, id: &str) -> Result<String, ReportError> {
    if id.is_empty() {
        return Err(ReportError::unsupported(field, "", "a finding's name"));
    }
    if id.chars().count() > FINDING_ID_CHARS_MAX {
        return Err(ReportError::Limit {
            what: "characters in a finding's name",
            max: FINDING_ID_CHARS_MAX,
        });
    }
    Ok(bounded(id))
}

/// How many findings there are of each severity; every severity is there.
pub(crate) fn figures(findings: &[Finding]) -> BTreeMap<String, u64> {
    let zero = Severity::ALL.map(|severity| (severity.as_str().to_owned(), 0));
    let mut figures = BTreeMap::from(zero);
    for finding in findings {
        *figures
            .entry(finding.severity.as_str().to_owned())
            .or_default() += 1;
    }
    figures
}
