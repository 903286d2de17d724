//! Trivy's JSON report of a container image (`trivy image --format json`, Trivy's `types.Report`,
//! `SchemaVersion` 2).
//!
//! Counted are the vulnerabilities of every result, once for each package they are in and whatever
//! their `Status`. Those that Trivy was told to suppress (`ExperimentalModifiedFindings`) are not.
//! Secrets, misconfigurations and licences are not read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use liftlock_oci::{Digest, Platform};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::lists::Limited;
use crate::text::bounded;
use crate::{Facts, Finding, Format, ReportError, Severity};

/// Most findings of a report.
pub const FINDINGS_MAX: usize = 50_000;
/// Most results (targets: the system's packages, a binary, a lock file) of a report.
pub const RESULTS_MAX: usize = 10_000;
/// Most digests a report may name as its subject.
pub const SUBJECTS_MAX: usize = 64;
/// Most characters of a finding's id.
pub const FINDING_ID_CHARS_MAX: usize = 128;

const SCHEMA_VERSION: u64 = 2;
const SCANNER_HINT: &str = "scan with the vulnerability scanner on (--scanners vuln)";

/// The fields of a report that are read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Report {
    schema_version: u64,
    created_at: Option<String>,
    artifact_name: Option<String>,
    artifact_type: Option<String>,
    metadata: Option<Metadata>,
    results: Option<Limited<Scanned, RESULTS_MAX>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    #[serde(rename = "ImageID")]
    image_id: Option<String>,
    repo_digests: Option<Limited<String, SUBJECTS_MAX>>,
    image_config: Option<ImageConfig>,
}

#[derive(Deserialize)]
struct ImageConfig {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

/// One of `Results`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scanned {
    // Always written by Trivy; required, so that nothing else is taken for a result.
    #[serde(rename = "Target")]
    _target: IgnoredAny,
    class: Option<String>,
    vulnerabilities: Option<Limited<Vulnerability, FINDINGS_MAX>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    vulnerability_id: String,
    pkg_name: String,
    installed_version: Option<String>,
    fixed_version: Option<String>,
    severity: Option<String>,
}

/// Reads a report. It decides nothing by itself: limits over the figures do.
///
/// A report without results is one of an image without packages, if its metadata names the image.
pub(crate) fn read(report: Report) -> Result<Facts, ReportError> {
    if report.schema_version != SCHEMA_VERSION {
        let found = report.schema_version.to_string();
        return Err(unsupported("SchemaVersion", &found, "2"));
    }
    let kind = report.artifact_type.as_deref().unwrap_or_default();
    if kind != "container_image" {
        let expected = "container_image: scan the image (trivy image --format json)";
        return Err(unsupported("ArtifactType", kind, expected));
    }
    let time_us = time(report.created_at.as_deref())?;
    let mut subjects = Vec::new();
    if let Some((_, digest)) = report.artifact_name.as_deref().and_then(pinned) {
        subjects.push(parse_digest("ArtifactName", digest)?);
    }
    let mut platform = None;
    let mut names_image = false;
    if let Some(metadata) = report.metadata {
        names_image = metadata.image_id.is_some_and(|id| !id.is_empty());
        platform = metadata.image_config.map_or(Ok(None), read_platform)?;
        if let Some(digests) = metadata.repo_digests {
            for digest in digests.within("RepoDigests")? {
                subjects.push(repo_digest(&digest)?);
            }
        }
    }
    subjects.sort_unstable();
    subjects.dedup();
    let findings = findings(report.results, names_image)?;
    Ok(Facts {
        format: Format::TrivyJson,
        outcome: None,
        figures: figures(&findings),
        findings,
        time_us,
        subjects,
        platform,
    })
}

fn unsupported(field: &'static str, found: &str, expected: &'static str) -> ReportError {
    ReportError::Unsupported {
        field,
        found: bounded(found),
        expected,
    }
}

/// Trivy writes RFC 3339 with an offset; early versions write no time at all.
fn time(created_at: Option<&str>) -> Result<Option<i64>, ReportError> {
    created_at
        .map(|text| {
            text.parse()
                .map(Timestamp::as_microsecond)
                .map_err(|_| unsupported("CreatedAt", text, "an RFC 3339 time with its offset"))
        })
        .transpose()
}

/// The repository and the digest of `repository@sha256:...`, where it has that form.
fn pinned(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('@')
        .filter(|(_, digest)| digest.starts_with("sha256:"))
}

fn repo_digest(text: &str) -> Result<Digest, ReportError> {
    let (_, digest) = text.rsplit_once('@').unwrap_or(("", text));
    parse_digest("Metadata.RepoDigests", digest)
}

/// A digest that cannot be read is refused: without it the report would count as naming none.
fn parse_digest(field: &'static str, text: &str) -> Result<Digest, ReportError> {
    text.parse().map_err(|_| {
        unsupported(
            field,
            text,
            "repository@sha256: and 64 lower-case hex digits",
        )
    })
}

/// The platform; an image built without a configuration has empty fields, and names none.
fn read_platform(config: ImageConfig) -> Result<Option<Platform>, ReportError> {
    let (os, architecture, variant) = (
        config.os.unwrap_or_default(),
        config.architecture.unwrap_or_default(),
        config.variant.unwrap_or_default(),
    );
    if os.is_empty() || architecture.is_empty() {
        return Ok(None);
    }
    let separator = if variant.is_empty() { "" } else { "/" };
    let text = format!("{os}/{architecture}{separator}{variant}");
    text.parse()
        .map(Some)
        .map_err(|_| unsupported("Metadata.ImageConfig", &text, "os/architecture[/variant]"))
}

fn findings(
    results: Option<Limited<Scanned, RESULTS_MAX>>,
    names_image: bool,
) -> Result<Vec<Finding>, ReportError> {
    let results = match results {
        Some(results) => results.within("results")?,
        None => Vec::new(),
    };
    if results.is_empty() && !names_image {
        return Err(ReportError::Empty {
            what: "neither Results nor Metadata with an ImageID",
            hint: "check that the scan finished",
        });
    }
    // A scan for secrets alone would otherwise look like an image without vulnerabilities.
    if !results.is_empty() && !results.iter().any(Scanned::lists_packages) {
        return Err(ReportError::Empty {
            what: "no result of a class with packages (os-pkgs, lang-pkgs)",
            hint: SCANNER_HINT,
        });
    }
    let mut findings = Vec::new();
    for vulnerabilities in results
        .into_iter()
        .filter_map(|result| result.vulnerabilities)
    {
        for vulnerability in vulnerabilities.within("findings")? {
            findings.push(finding(vulnerability)?);
        }
        if findings.len() > FINDINGS_MAX {
            return Err(ReportError::Limit {
                what: "findings",
                max: FINDINGS_MAX,
            });
        }
    }
    Ok(findings)
}

impl Scanned {
    /// Whether packages were looked at.
    fn lists_packages(&self) -> bool {
        matches!(self.class.as_deref(), Some("os-pkgs" | "lang-pkgs"))
            || self.vulnerabilities.is_some()
    }
}

fn finding(from: Vulnerability) -> Result<Finding, ReportError> {
    if from.vulnerability_id.is_empty() || from.pkg_name.is_empty() {
        return Err(unsupported(
            "VulnerabilityID or PkgName",
            "",
            "the name of a vulnerability and of the package it is in",
        ));
    }
    if from.vulnerability_id.chars().count() > FINDING_ID_CHARS_MAX {
        return Err(ReportError::Limit {
            what: "characters in a VulnerabilityID",
            max: FINDING_ID_CHARS_MAX,
        });
    }
    Ok(Finding {
        id: bounded(&from.vulnerability_id),
        severity: Severity::named(from.severity.as_deref().unwrap_or_default()),
        package: bounded(&from.pkg_name),
        installed: bounded(from.installed_version.as_deref().unwrap_or_default()),
        fixed: from
            .fixed_version
            .filter(|version| !version.is_empty())
            .map(|version| bounded(&version)),
    })
}

fn figures(findings: &[Finding]) -> BTreeMap<String, u64> {
    let zero = Severity::ALL.map(|severity| (severity.as_str().to_owned(), 0));
    let mut figures = BTreeMap::from(zero);
    for finding in findings {
        *figures
            .entry(finding.severity.as_str().to_owned())
            .or_default() += 1;
    }
    figures
}
