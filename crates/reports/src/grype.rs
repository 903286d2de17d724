//! Grype's JSON report about an image (`grype IMAGE -o json`, Grype's `models.Document`).
//!
//! Counted are the matches, once for each package that a vulnerability is in. `ignoredMatches`,
//! those that Grype was told to leave out, are not.

use liftlock_core::policy::Severity;
use serde::Deserialize;

use crate::findings::{FINDINGS_MAX, figures, finding_id};
use crate::lists::Limited;
use crate::subjects::{SUBJECTS_MAX, parse_digest, pinned, platform, repo_digest};
use crate::text::{bounded, time};
use crate::{Facts, Finding, Format, ReportError};

/// Most versions that fix one finding.
const FIXES_MAX: usize = 256;

/// The fields of a report that are read.
#[derive(Deserialize)]
pub(crate) struct Report {
    // Never null: without it nothing was matched, which is not the same as no match.
    matches: Limited<Match, FINDINGS_MAX>,
    source: Option<Source>,
    descriptor: Descriptor,
}

#[derive(Deserialize)]
struct Source {
    #[serde(rename = "type")]
    kind: String,
    // A text for a directory or a file, whose kind is refused first.
    #[serde(default)]
    target: Target,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Target {
    Image(Box<Image>),
    Other(serde::de::IgnoredAny),
}

impl Default for Target {
    fn default() -> Self {
        Self::Other(serde::de::IgnoredAny)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    user_input: String,
    #[serde(rename = "imageID")]
    image_id: String,
    manifest_digest: Option<String>,
    repo_digests: Option<Limited<String, SUBJECTS_MAX>>,
    os: Option<String>,
    architecture: Option<String>,
    architecture_variant: Option<String>,
}

#[derive(Deserialize)]
struct Descriptor {
    name: String,
    version: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Match {
    vulnerability: Vulnerability,
    artifact: Artifact,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    severity: Option<String>,
    fix: Option<Fix>,
}

#[derive(Deserialize)]
struct Fix {
    versions: Option<Limited<String, FIXES_MAX>>,
}

#[derive(Deserialize)]
struct Artifact {
    name: String,
    version: Option<String>,
}

/// Reads a report. It decides nothing by itself: limits over the figures do.
pub(crate) fn read(report: Report) -> Result<Facts, ReportError> {
    let Descriptor {
        name,
        version,
        timestamp,
    } = report.descriptor;
    if name != "grype" {
        return Err(ReportError::unsupported("descriptor.name", &name, "grype"));
    }
    let image = image(report.source)?;
    let mut subjects = Vec::new();
    if let Some((_, digest)) = pinned(&image.user_input) {
        subjects.push(parse_digest("source.target.userInput", digest)?);
    }
    let manifest = image.manifest_digest.as_deref();
    if let Some(digest) = manifest.filter(|digest| !digest.is_empty()) {
        subjects.push(parse_digest("source.target.manifestDigest", digest)?);
    }
    if let Some(digests) = image.repo_digests {
        for digest in digests.within("repoDigests")? {
            subjects.push(repo_digest("source.target.repoDigests", &digest)?);
        }
    }
    subjects.sort_unstable();
    subjects.dedup();
    let matches = report.matches.within("findings")?;
    let findings: Result<Vec<_>, _> = matches.into_iter().map(finding).collect();
    let findings = findings?;
    let timestamp = timestamp.filter(|text| !text.is_empty());
    Ok(Facts {
        format: Format::GrypeJson,
        outcome: None,
        figures: figures(&findings),
        findings,
        time_us: timestamp
            .map(|text| time("descriptor.timestamp", &text))
            .transpose()?,
        subjects,
        platform: platform(
            "source.target",
            &image.os.unwrap_or_default(),
            &image.architecture.unwrap_or_default(),
            &image.architecture_variant.unwrap_or_default(),
        )?,
        statements: Vec::new(),
        tools: vec![bounded(&format!("grype {}", version.unwrap_or_default()))],
    })
}

fn image(source: Option<Source>) -> Result<Box<Image>, ReportError> {
    let expected = "image: scan the image (grype registry:REPOSITORY@DIGEST -o json)";
    let Some(source) = source else {
        return Err(ReportError::unsupported("source.type", "", expected));
    };
    match source.target {
        Target::Image(image) if source.kind == "image" && !image.image_id.is_empty() => Ok(image),
        _ if source.kind == "image" => Err(ReportError::Empty {
            what: "no image: source.target has no imageID",
            hint: "check that the scan finished",
        }),
        _ => Err(ReportError::unsupported(
            "source.type",
            &source.kind,
            expected,
        )),
    }
}

fn finding(from: Match) -> Result<Finding, ReportError> {
    let Match {
        vulnerability,
        artifact,
    } = from;
    let versions = vulnerability.fix.and_then(|fix| fix.versions);
    let versions = versions.map_or(Ok(Vec::new()), |list| list.within("versions with a fix"))?;
    Ok(Finding {
        id: finding_id("vulnerability.id", &vulnerability.id)?,
        severity: severity(vulnerability.severity.as_deref().unwrap_or_default()),
        package: bounded(&artifact.name),
        installed: bounded(artifact.version.as_deref().unwrap_or_default()),
        fixed: Some(bounded(&versions.join(", "))).filter(|text| !text.is_empty()),
    })
}

/// Grype has one word more than others.
fn severity(word: &str) -> Severity {
    if word.trim().eq_ignore_ascii_case("negligible") {
        return Severity::Low;
    }
    Severity::of_word(word)
}
