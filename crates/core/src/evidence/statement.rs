//! Statements on findings (OpenVEX).

use std::fmt;

use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};

/// Most statements on one image that are recorded of one document.
pub const STATEMENTS_MAX: usize = 200;
/// Most bytes of recorded statements as JSON, so that the entry stays far under 64 KiB.
pub const STATEMENTS_BYTES_MAX: usize = 40 * 1024;

/// How a vulnerability stands to images (OPENVEX-SPEC v0.2.0, "Status Labels").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VulnerabilityStatus {
    /// Nothing has to be done.
    NotAffected,
    /// Something has to be done.
    Affected,
    /// The images contain a fix.
    Fixed,
    /// It is not known yet.
    UnderInvestigation,
}

/// One statement on one vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The vulnerability's name.
    pub id: String,
    /// Its other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// How it stands.
    pub status: VulnerabilityStatus,
    /// Why, where it is not affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// The digests of the images, or of platforms of one.
    pub images: Vec<Digest>,
    /// Whether it is about some parts of them only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
}

// By reference, because serde asks so.
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Statement {
    /// Whether it takes its finding out of a report's. One about parts of an image does not: which
    /// of them a finding is in is not recorded, so it could be another one.
    pub fn excepts(&self) -> bool {
        let harmless = matches!(
            self.status,
            VulnerabilityStatus::NotAffected | VulnerabilityStatus::Fixed
        );
        harmless && !self.partial
    }

    /// Every name of its vulnerability.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id)
            .chain(&self.aliases)
            .map(String::as_str)
    }
}

impl fmt::Display for VulnerabilityStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAffected => "not affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under investigation",
        })
    }
}
