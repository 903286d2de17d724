//! The pipeline of the transcripts, and reports about its image.

use liftlock_oci::Image;
use liftlock_testkit::World;
use serde_json::json;

use crate::scenario::Scenario;

/// Three environments, evidence, an approval, deployments and checks.
pub(crate) const SHOP: &str = r#"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
people:
  alice: ["user:alice"]
  bob: ["user:bob"]
groups:
  approvers: [alice, bob]

environments:
  development:
    tags: [development]
    gates: none

  staging:
    after: development
    tags: [staging, "staging-{build}"]
    gates:
      unit-tests: { evidence: tests, from: ci }
      image-scan: { evidence: scan, from: ci, max: { critical: 0, high: 0 } }
    deploy: { command: [./deploy.sh], within: 30s }
    checks:
      health: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }

  production:
    after: staging
    tags: [production, "v{version}"]
    gates:
      sign-off: { approval: approvers, exclude: [requester] }
    deploy: { command: [./deploy.sh], within: 30s }
    checks:
      health: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }
"#;

pub(crate) const JUNIT: &str = r#"<?xml version="1.0"?>
<testsuites>
  <testsuite name="shop" tests="2">
    <testcase classname="shop" name="sells"/>
    <testcase classname="shop" name="ships"/>
  </testsuite>
</testsuites>
"#;

/// The shop with an image under `build-1`, a JUnit report, and a scan of each platform.
pub(crate) fn shop() -> Scenario {
    let mut scenario = Scenario::new();
    scenario.world.write_programs();
    scenario.world.write_pipeline(SHOP);
    let image = scenario.push("shop/api", "build-1", "one");
    scenario.world.write("junit.xml", JUNIT);
    scans(&scenario.world, &image, &["LOW"]);
    scenario
}

/// The shop with release 1.0.0 in development.
pub(crate) fn shop_with_release() -> Scenario {
    let scenario = shop();
    release(&scenario, "1.0.0", "build-1");
    scenario.quietly(&["promote", "1.0.0", "--to", "development", "--as", "ci"]);
    scenario
}

/// The shop with release 1.0.0 in staging.
pub(crate) fn shop_in_staging() -> Scenario {
    let scenario = shop_with_release();
    to_staging(&scenario, "1.0.0");
    scenario
}

pub(crate) fn release(scenario: &Scenario, name: &str, tag: &str) {
    let reference = scenario.world.reference("shop/api", tag);
    let build = tag.trim_start_matches("build-");
    let about = ["--version", name, "--build", build, "--as", "ci"];
    let create = ["release", "create", name, &reference];
    scenario.quietly(&[&create[..], &about].concat());
}

/// Evidence for a release that is in development, and its promotion.
pub(crate) fn to_staging(scenario: &Scenario, release: &str) {
    let add = |gate: &str, report: &str| {
        let words = ["evidence", "add", release, gate, "--report", report];
        scenario.quietly(&[&words[..], &["--as", "ci"]].concat());
    };
    add("unit-tests", "junit.xml");
    add("image-scan", "trivy-amd64.json");
    add("image-scan", "trivy-arm64.json");
    scenario.quietly(&["promote", release, "--to", "staging", "--as", "ci"]);
}

/// An approval for a release that is in staging, and its promotion.
pub(crate) fn to_production(scenario: &Scenario, release: &str) {
    let to = [release, "--to", "production", "--as"];
    scenario.quietly(&[&["promote"], &to[..], &["ci", "--detach"]].concat());
    scenario.quietly(&[&["approve"], &to[..], &["alice", "--yes"]].concat());
    scenario.quietly(&[&["promote"], &to[..], &["ci"]].concat());
}

/// Writes `trivy-amd64.json` and `trivy-arm64.json`.
pub(crate) fn scans(world: &World, image: &Image, severities: &[&str]) {
    for (platform, _) in &image.platforms {
        let architecture = &platform.architecture;
        let report = scan(&image.digest.to_string(), architecture, severities);
        world.write(format!("trivy-{architecture}.json"), &report);
    }
}

/// A report as Trivy writes it, about one platform of an index.
pub(crate) fn scan(digest: &str, architecture: &str, severities: &[&str]) -> String {
    let found = severities.iter().enumerate().map(|(n, severity)| {
        json!({
            "VulnerabilityID": format!("CVE-2024-000{n}"),
            "PkgName": "example",
            "InstalledVersion": "1.0.0",
            "Severity": severity,
        })
    });
    let report = json!({
        "SchemaVersion": 2,
        "CreatedAt": "2024-01-31T12:00:00Z",
        "ArtifactName": "REGISTRY/shop/api:build-1",
        "ArtifactType": "container_image",
        "Metadata": {
            "RepoDigests": [format!("REGISTRY/shop/api@{digest}")],
            "ImageConfig": { "architecture": architecture, "os": "linux" },
        },
        "Results": [{
            "Target": "bin/shop",
            "Class": "lang-pkgs",
            "Type": "gobinary",
            "Vulnerabilities": found.collect::<Vec<_>>(),
        }],
    });
    report.to_string()
}
