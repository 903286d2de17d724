//! The pipeline file of `try`, and the reports that its CI would have written.

use std::path::Path;

use liftlock_verbs::Failure;
use serde_json::json;

use super::Place;
use super::sample::Sample;

/// Where the reports are.
pub(super) struct Reports {
    pub(super) tests: String,
    pub(super) scans: Vec<String>,
}

const PIPELINE: &str = r#"# Written by `liftlock try`. `liftlock policy schema` lists every key.
version: 1
pipeline: hello
identity: claimed        # people are who they say they are; only a server makes that a fact
image: @REPOSITORY

people:
  alice: ["user:alice"]
  dora: ["user:dora"]
groups:
  release-managers: [alice, dora]

environments:
  development:
    tags: [development]
    gates: none

  staging:
    after: development
    tags: [staging]
    gates:
      unit-tests: { evidence: tests, from: ci }
      image-scan: { evidence: scan, from: ci, max: { critical: 0, high: 0 }, fresh: 24h }
    deploy: { command: [@PROGRAM, try-deploy, running/staging], within: 1m }
    checks:
      health: { http: "http://@APPLICATION/staging", expect: 200, contains: "version 1.0.0", within: 20s }
    rollback: { on: [check] }

  production:
    after: staging
    tags: [production, "v{version}"]
    gates:
      soak: { soak: 3s }
      sign-off: { approval: release-managers, exclude: [requester, author] }
    deploy: { command: [@PROGRAM, try-deploy, running/production], within: 1m }
    checks:
      health: { http: "http://@APPLICATION/production", expect: 200, contains: "version 1.0.0", within: 20s }
    rollback: { on: [check] }
"#;

const TESTS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="hello" tests="3" failures="0" errors="0">
    <testcase classname="hello" name="greets"/>
    <testcase classname="hello" name="says its version"/>
    <testcase classname="hello" name="exits with 0"/>
  </testsuite>
</testsuites>
"#;

/// Writes the pipeline file and the reports.
pub(super) fn write(place: &Place, image: &Sample) -> Result<Reports, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::failed("program", format!("this program cannot be found: {error}"))
    })?;
    let program = json!(program.display().to_string()).to_string();
    let pipeline = PIPELINE
        .replace("@REPOSITORY", &image.repository.to_string())
        .replace("@PROGRAM", &program)
        .replace("@APPLICATION", &place.application.to_string());
    put(&place.folder.join("liftlock.yaml"), &pipeline)?;
    let tests = place.folder.join("junit.xml");
    put(&tests, TESTS)?;
    let mut scans = Vec::new();
    for (platform, _) in &image.platforms {
        let path = place
            .folder
            .join(format!("trivy-{}.json", platform.architecture));
        put(&path, &scan(image, &platform.architecture))?;
        scans.push(path.display().to_string());
    }
    Ok(Reports {
        tests: tests.display().to_string(),
        scans,
    })
}

/// A scan of one platform, as Trivy writes it, about exactly this digest.
fn scan(image: &Sample, architecture: &str) -> String {
    let report = json!({
        "SchemaVersion": 2,
        "CreatedAt": liftlock_verbs::now().to_string(),
        "ArtifactName": format!("{}:build-1", image.repository),
        "ArtifactType": "container_image",
        "Metadata": {
            "ImageID": image.digest.to_string(),
            "RepoDigests": [format!("{}@{}", image.repository, image.digest)],
            "ImageConfig": { "architecture": architecture, "os": "linux" },
        },
        "Results": [{
            "Target": "bin/hello",
            "Class": "lang-pkgs",
            "Type": "gobinary",
            "Vulnerabilities": [{
                "VulnerabilityID": "CVE-2026-0001",
                "PkgName": "example",
                "InstalledVersion": "1.0.0",
                "Severity": "LOW",
            }],
        }],
    });
    format!("{report:#}\n")
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| {
        Failure::failed(
            "file",
            format!("{} cannot be written: {error}", path.display()),
        )
    })
}
