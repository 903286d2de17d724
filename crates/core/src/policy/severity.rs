//! How bad a finding is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A finding's severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Critical.
    Critical,
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
    /// Not rated, or rated with a word that is not known here.
    Unknown,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Unknown,
    ];

    /// The key under which reports count it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Unknown => "unknown",
        }
    }

    /// What a tool's word stands for, in any case; any other word is [`Self::Unknown`].
    pub fn of_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|severity| word.trim().eq_ignore_ascii_case(severity.as_str()))
            .unwrap_or(Self::Unknown)
    }

    /// What a score stands for (CVSS 3.1, section 5): none where it is not from 0.0 to 10.0. 0.0,
    /// which that section calls "none", is low.
    pub fn of_score(score: f64) -> Option<Self> {
        match score {
            9.0..=10.0 => Some(Self::Critical),
            7.0..9.0 => Some(Self::High),
            4.0..7.0 => Some(Self::Medium),
            0.0..4.0 => Some(Self::Low),
            _ => None,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
