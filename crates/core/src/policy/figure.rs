//! The figures of reports that a gate may limit.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EvidenceKind, Severity};

/// A figure of a report. Of the first ones a gate may allow a most (`max`), of the last ones it
/// may want a least (`min`). The order is that of a written policy. Failed tests and crossed
/// thresholds are none: one of them is a failed report, which no limit lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Critical findings of a scan.
    Critical,
    /// High ones.
    High,
    /// Medium ones.
    Medium,
    /// Low ones.
    Low,
    /// Findings that are not rated.
    Unknown,
    /// Findings that are suppressed in the report (SARIF).
    Suppressed,
    /// Tests that were skipped.
    Skipped,
    /// Checks of a load test that failed.
    ChecksFailed,
    /// Requests of a load test that failed.
    RequestsFailed,
    /// Tests.
    Tests,
    /// Tests that passed.
    Passed,
    /// Checks of a load test.
    Checks,
    /// Iterations of a load test.
    Iterations,
    /// Requests of a load test.
    Requests,
    /// Thresholds of a load test.
    Thresholds,
}

impl Figure {
    /// Those that `max` may limit.
    pub const MOST: [Self; 9] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Unknown,
        Self::Suppressed,
        Self::Skipped,
        Self::ChecksFailed,
        Self::RequestsFailed,
    ];

    /// Those that `min` may ask for.
    pub const LEAST: [Self; 6] = [
        Self::Tests,
        Self::Passed,
        Self::Checks,
        Self::Iterations,
        Self::Requests,
        Self::Thresholds,
    ];

    /// The key under which reports count it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Unknown => "unknown",
            Self::Suppressed => "suppressed",
            Self::Skipped => "skipped",
            Self::ChecksFailed => "checks-failed",
            Self::RequestsFailed => "requests-failed",
            Self::Tests => "tests",
            Self::Passed => "passed",
            Self::Checks => "checks",
            Self::Iterations => "iterations",
            Self::Requests => "requests",
            Self::Thresholds => "thresholds",
        }
    }

    /// The severity whose findings it counts.
    pub fn severity(self) -> Option<Severity> {
        let mut all = Severity::ALL.into_iter();
        all.find(|severity| Self::from(*severity) == self)
    }

    /// Whether reports of a kind of evidence have it.
    pub fn is_of(self, kind: EvidenceKind) -> bool {
        match kind {
            EvidenceKind::Any => true,
            EvidenceKind::Manual => false,
            EvidenceKind::Scan => self <= Self::Suppressed,
            EvidenceKind::Tests => matches!(self, Self::Tests | Self::Passed | Self::Skipped),
            EvidenceKind::Load => matches!(
                self,
                Self::Checks
                    | Self::ChecksFailed
                    | Self::Iterations
                    | Self::Requests
                    | Self::RequestsFailed
                    | Self::Thresholds
            ),
        }
    }
}

impl From<Severity> for Figure {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High => Self::High,
            Severity::Medium => Self::Medium,
            Severity::Low => Self::Low,
            Severity::Unknown => Self::Unknown,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_written_as_it_is_shown_and_has_one_direction() {
        let all: Vec<_> = Figure::MOST.into_iter().chain(Figure::LEAST).collect();
        for (at, figure) in all.iter().enumerate() {
            let written = serde_json::to_value(figure).unwrap();
            assert_eq!(written, figure.as_str());
            assert!(at == 0 || all[at - 1] < *figure, "{figure}");
            assert!(figure.is_of(EvidenceKind::Any));
        }
        for severity in Severity::ALL {
            assert_eq!(Figure::from(severity).severity(), Some(severity));
            assert_eq!(Figure::from(severity).as_str(), severity.as_str());
        }
    }
}
