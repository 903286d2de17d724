//! Evidence: what someone said about exactly these digests.

mod found;
mod statement;

use std::collections::BTreeMap;

use liftlock_oci::{Digest, Platform};
use serde::{Deserialize, Serialize};

pub(crate) use found::listed;
pub use found::{FOUND_BYTES_MAX, FOUND_MAX, Found};
pub use statement::{STATEMENTS_BYTES_MAX, STATEMENTS_MAX, Statement, VulnerabilityStatus};

use crate::attestation::Attested;
use crate::{Actor, EvidenceId, GateName, ReleaseName, Time};

/// Pass or fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
}

/// What a piece of evidence covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "of")]
pub enum Subject {
    /// A release's whole set of digests.
    Release {
        /// [`crate::ReleaseContent::set_digest`].
        set: Digest,
    },
    /// One image, in every release that holds it.
    Image {
        /// The image's digest.
        image: Digest,
        /// The platform it is about, by its manifest's digest; `None`: all of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        platform: Option<Digest>,
    },
}

/// The report that evidence came as. The report itself is a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSummary {
    /// Its format.
    pub format: String,
    /// Its digest.
    pub digest: Digest,
    /// When it was made, where it says so unambiguously.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Time>,
    /// Whether it names no digest: that it is about this release is only asserted.
    pub asserted: bool,
    /// The tools that made it, where it says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
}

/// Evidence as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceContent {
    /// Its id.
    pub id: EvidenceId,
    /// The gates it is for, by name, across the pipeline.
    pub gate: GateName,
    /// The release it was submitted for.
    pub release: ReleaseName,
    /// What it covers.
    pub subject: Subject,
    /// Pass or fail; `None` where only limits over the figures decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// Counts from the report.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, u64>,
    /// What a scan found, each kind once, the worst first, at most [`FOUND_MAX`] of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Found>,
    /// How many kinds of findings did not fit. They are in the figures, and are never excepted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_left_out: u64,
    /// What is said of findings (OpenVEX). Where it says something this evidence examines nothing:
    /// it only takes findings out of those of other evidence, or puts them back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Statement>,
    /// The report, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportSummary>,
    /// The signed attestation that it came as, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested: Option<Box<Attested>>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A note, as a blob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Digest>,
}

// By reference, because serde asks so.
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Evidence in the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// As recorded.
    pub content: EvidenceContent,
    /// Who submitted it.
    pub by: Actor,
    /// When it was recorded.
    pub at: Time,
    /// From when its age counts: the report's own time, or the first time that this very report
    /// was submitted for this gate.
    pub counts_from: Time,
    /// Since when, and why, it counts no more.
    pub revoked: Option<(Time, String)>,
}

/// What a reader of reports found, handed to the decision as facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFacts {
    /// The format's name.
    pub format: String,
    /// What kinds of evidence it can be.
    pub kind: crate::policy::EvidenceKind,
    /// The report's digest.
    pub digest: Digest,
    /// When it was made, where it says so unambiguously.
    pub made_at: Option<Time>,
    /// Pass or fail, where the report decides it.
    pub finding: Option<Finding>,
    /// Counts.
    pub figures: BTreeMap<String, u64>,
    /// What a scan found, in any order.
    pub findings: Vec<Found>,
    /// What is said of findings on images that are named by digest, the latest last. A report with
    /// statements has nothing else.
    pub statements: Vec<Statement>,
    /// The tools that made it.
    pub tools: Vec<String>,
    /// The digests it names.
    pub subjects: Vec<Digest>,
    /// The platform it names.
    pub platform: Option<Platform>,
}
