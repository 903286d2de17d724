//! What a report says, whatever tool wrote it.

use std::collections::BTreeMap;

use liftlock_core::policy::Severity;
use liftlock_oci::{Digest, Platform};
use serde::{Deserialize, Serialize};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// JUnit XML, in the flavours test runners write. There is no normative schema; the common
    /// ground is Ant's JUnit task, Maven Surefire's schema and what CI systems accept.
    JunitXml,
    /// The JSON report of `trivy image`, `SchemaVersion` 2.
    TrivyJson,
    /// The JSON report of `grype` about an image (Grype's `models.Document`).
    GrypeJson,
    /// SARIF 2.1.0 (OASIS), of a scanner of images or of code.
    Sarif,
    /// The summary of a k6 run: that of `--summary-export`, or the data of `handleSummary`.
    K6Json,
    /// An OpenVEX document (v0.2.0, and v0.0.1): no examination, but statements on findings.
    Openvex,
}

impl Format {
    /// The format's name, as in JSON: `junit-xml`, ...
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JunitXml => "junit-xml",
            Self::TrivyJson => "trivy-json",
            Self::GrypeJson => "grype-json",
            Self::Sarif => "sarif",
            Self::K6Json => "k6-json",
            Self::Openvex => "openvex",
        }
    }
}

/// What a report decides by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// What was examined is good.
    Passed,
    /// It is not, or nothing was examined.
    Failed,
}

/// One thing a scanner found. Texts are at most 256 characters, longer ones are cut and end in
/// `…`; control characters are replaced, so that they can be shown on a terminal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// The vulnerability's name, such as `CVE-2024-3094`. Never cut.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// The package it is in.
    pub package: String,
    /// The package's installed version; empty where the report gives none.
    pub installed: String,
    /// The version, or versions, it is fixed in, as the tool writes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}

/// How a vulnerability stands to images (OpenVEX, "Status Labels").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing has to be done.
    NotAffected,
    /// Something has to be done.
    Affected,
    /// The images contain a fix.
    Fixed,
    /// It is not known yet.
    UnderInvestigation,
}

/// One statement of an OpenVEX document on images that it names by digest. Texts are bounded as
/// those of a [`Finding`], ids never cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Statement {
    /// The vulnerability's name.
    pub id: String,
    /// Its other names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// How it stands.
    pub status: Status,
    /// Why, where the status is [`Status::NotAffected`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// The digests of the images, sorted, without duplicates, never none.
    pub subjects: Vec<Digest>,
    /// Whether it is only about some parts of these images (subcomponents).
    pub partial: bool,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The format it was read from.
    pub format: Format,
    /// What the report decides by itself; `None` where only limits over the figures decide.
    pub outcome: Option<Outcome>,
    /// Counts by name. JUnit: `tests`, `passed`, `failed`, `errors`, `skipped`.
    /// Trivy, Grype: `critical`, `high`, `medium`, `low`, `unknown`; SARIF: these and `suppressed`.
    /// k6: `thresholds`, `thresholds-failed`, `checks`, `checks-failed`, `iterations`, `requests`,
    /// and `requests-failed` where k6 counted it. OpenVEX: none. The others are always there.
    pub figures: BTreeMap<String, u64>,
    /// What a scanner found, in the report's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The report's own time, in microseconds since 1970-01-01T00:00:00Z, where the report states
    /// one with its zone or offset. A time without a zone names any instant within more than a
    /// day, so it is not guessed: it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_us: Option<i64>,
    /// The digests of manifests or indexes the report names as what it is about, sorted, without
    /// duplicates. Several name the same image (an index and a manifest, or several repositories).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Digest>,
    /// The platform of the image that was examined, where the report names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// An OpenVEX document's statements on images that it names by digest, in the order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Statement>,
    /// The tools that made it, with their versions where it says so; bounded as a [`Finding`]'s
    /// texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
}
