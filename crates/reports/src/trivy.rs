//! Trivy's JSON report of a container image (`trivy image --format json`, Trivy's `types.Report`,
//! `SchemaVersion` 2).
//!
//! Counted are the vulnerabilities of every result, once for each package they are in and whatever
//! their `Status`. Those that Trivy was told to suppress (`ExperimentalModifiedFindings`) are not.
//! Secrets, misconfigurations and licences are not read.

use liftlock_core::policy::Severity;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::findings::{FINDINGS_MAX, figures, finding_id, within_findings};
use crate::lists::Limited;
use crate::subjects::{SUBJECTS_MAX, parse_digest, pinned, platform, repo_digest};
use crate::text::{bounded, time};
use crate::{Facts, Finding, Format, ReportError};

/// Most results (targets: the system's packages, a binary, a lock file) of a report.
pub const RESULTS_MAX: usize = 10_000;

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
        return Err(ReportError::unsupported("SchemaVersion", &found, "2"));
    }
    let kind = report.artifact_type.as_deref().unwrap_or_default();
    if kind != "container_image" {
        let expected = "container_image: scan the image (trivy image --format json)";
        return Err(ReportError::unsupported("ArtifactType", kind, expected));
    }
    let time_us = report
        .created_at
        .as_deref()
        .map(|text| time("CreatedAt", text));
    let time_us = time_us.transpose()?;
    let mut subjects = Vec::new();
    if let Some((_, digest)) = report.artifact_name.as_deref().and_then(pinned) {
        subjects.push(parse_digest("ArtifactName", digest)?);
    }
    let mut named = None;
    let mut names_image = false;
    if let Some(metadata) = report.metadata {
        names_image = metadata.image_id.is_some_and(|id| !id.is_empty());
        if let Some(config) = metadata.image_config {
            let part = Option::unwrap_or_default;
            let (os, architecture) = (part(config.os), part(config.architecture));
            let field = "Metadata.ImageConfig";
            named = platform(field, &os, &architecture, &part(config.variant))?;
        }
        if let Some(digests) = metadata.repo_digests {
            for digest in digests.within("RepoDigests")? {
                subjects.push(repo_digest("Metadata.RepoDigests", &digest)?);
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
        platform: named,
        statements: Vec::new(),
        tools: vec!["trivy".to_owned()],
    })
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
        within_findings(findings.len())?;
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
    if from.pkg_name.is_empty() {
        let expected = "the name of the package that a vulnerability is in";
        return Err(ReportError::unsupported("PkgName", "", expected));
    }
    Ok(Finding {
        id: finding_id("VulnerabilityID", &from.vulnerability_id)?,
        severity: Severity::of_word(from.severity.as_deref().unwrap_or_default()),
        package: bounded(&from.pkg_name),
        installed: bounded(from.installed_version.as_deref().unwrap_or_default()),
        fixed: from
            .fixed_version
            .filter(|version| !version.is_empty())
            .map(|version| bounded(&version)),
    })
}
