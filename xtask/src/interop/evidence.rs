//! Reports, as the tools of a CI job write them.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::image::Image;
use crate::peers::busybox::ARCHITECTURES;
use crate::peers::folder::write;
use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

/// A JUnit report in which everything passed.
pub(super) fn junit(folder: &Path, suite: &str) -> Result<PathBuf, Trouble> {
    let path = folder.join(format!("{suite}.xml"));
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="0" errors="0" time="0.312">
  <testsuite name="{suite}" tests="2" failures="0" errors="0" skipped="0" time="0.312">
    <testcase classname="{suite}.basket" name="adds an item" time="0.101"/>
    <testcase classname="{suite}.basket" name="removes an item" time="0.211"/>
  </testsuite>
</testsuites>
"#
    );
    write(&path, text)?;
    Ok(path)
}

/// Trivy's reports of an image in a repository, one for each platform.
pub(super) fn trivy(
    folder: &Path,
    image: &Image,
    repository: &str,
    tag: &str,
) -> Result<Vec<PathBuf>, Trouble> {
    let now = Program::new("date", ["--utc", "+%Y-%m-%dT%H:%M:%S.%NZ"]).must()?;
    let mut paths = Vec::new();
    for (architecture, config) in ARCHITECTURES.iter().zip(&image.configs) {
        let report = json!({
            "SchemaVersion": 2,
            "CreatedAt": now.trim(),
            "ArtifactName": format!("{repository}:{tag}"),
            "ArtifactType": "container_image",
            "Metadata": {
                "Size": 2_000_000,
                "ImageID": config,
                "RepoTags": [format!("{repository}:{tag}")],
                "RepoDigests": [format!("{repository}@{}", image.digest)],
                "ImageConfig": { "architecture": architecture, "os": "linux" },
            },
            "Results": [{
                "Target": format!("{repository}:{tag} (debian 12)"),
                "Class": "os-pkgs",
                "Type": "debian",
                "Vulnerabilities": [{
                    "VulnerabilityID": "CVE-2026-0001",
                    "PkgID": "busybox-static@1:1.35.0-4",
                    "PkgName": "busybox-static",
                    "InstalledVersion": "1:1.35.0-4",
                    "Status": "affected",
                    "Severity": "LOW",
                    "Title": "an example",
                }],
            }],
        });
        let path = folder.join(format!("trivy-{}-{architecture}.json", image.version));
        write(&path, format!("{report:#}\n"))?;
        paths.push(path);
    }
    Ok(paths)
}
