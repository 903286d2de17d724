use liftlock_core::policy::Severity;
use liftlock_reports::{FINDING_ID_CHARS_MAX, FINDINGS_MAX, Finding, SUBJECTS_MAX, read};

use super::{check, sample};

#[test]
fn scans_are_read() {
    for (name, expected, subjects, platform) in [
        (
            "trivy-alpine",
            "TrivyJson Undecided critical=2 high=0 low=0 medium=0 unknown=0 at 1772613067123456",
            "1",
            Some("linux/arm64/v8"),
        ),
        (
            "trivy-classes",
            "TrivyJson Undecided critical=1 high=1 low=1 medium=1 unknown=3 at 1772613067000000",
            "23",
            Some("linux/amd64"),
        ),
        (
            "trivy-scratch",
            "TrivyJson Undecided critical=0 high=0 low=0 medium=0 unknown=0 at -",
            "",
            None,
        ),
    ] {
        check(sample(name), expected);
        let facts = read(sample(name).as_bytes()).unwrap();
        let firsts: String = facts.subjects.iter().map(|d| d.hex().remove(0)).collect();
        assert_eq!(firsts, subjects, "{name}");
        let shown = facts.platform.map(|platform| platform.to_string());
        assert_eq!(shown.as_deref(), platform, "{name}");
    }
}

#[test]
fn findings_keep_the_reports_order_and_words() {
    let facts = read(sample("trivy-classes").as_bytes()).unwrap();
    assert_eq!(facts.findings.len(), 7);
    assert_eq!(
        facts.findings[5],
        Finding {
            id: "CVE-2024-24790".into(),
            severity: Severity::High,
            package: "stdlib".into(),
            installed: "v1.22.3".into(),
            fixed: Some("1.21.11, 1.22.4".into()),
        }
    );
    assert_eq!(facts.findings[1].fixed, None);
    let json = serde_json::to_value(&facts).unwrap();
    assert_eq!(json["format"], "trivy-json");
    assert_eq!(json["findings"][5]["severity"], "high");
    assert_eq!(
        serde_json::from_value::<liftlock_reports::Facts>(json).unwrap(),
        facts
    );
}

/// The alpine sample with one text replaced.
fn changed(from: &str, to: &str) -> String {
    let text = sample("trivy-alpine");
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

#[test]
fn what_is_missing_or_ambiguous_is_refused() {
    for (from, to, expected) in [
        (
            r#""SchemaVersion": 2"#,
            r#""SchemaVersion": 3"#,
            "Unsupported: SchemaVersion is \"3\"; expected 2",
        ),
        (
            r#""container_image""#,
            r#""filesystem""#,
            "Unsupported: ArtifactType is \"filesystem\"; expected container_image…",
        ),
        (
            r#""ArtifactType": "container_image","#,
            "",
            "Unsupported: ArtifactType is \"\"; expected container_image…",
        ),
        (
            "10:31:07.123456789+02:00",
            "10:31:07",
            "Unsupported: CreatedAt is \"2026-03-04T10:31:07\"; expected an RFC 3339 time…",
        ),
        (
            r#"web@sha256:1111"#,
            r#"web@sha256:"#,
            "Unsupported: ArtifactName is \"sha256:1111…",
        ),
        (
            "      \"registry.example.com/shop/web@sha256:1",
            "      \"registry.example.com/shop/web@sha512:1",
            "Unsupported: Metadata.RepoDigests is \"sha512:1111…",
        ),
        (
            r#""architecture": "arm64""#,
            r#""architecture": "arm/64""#,
            "Unsupported: Metadata.ImageConfig is \"linux/arm/64/v8\"; expected…",
        ),
        (
            r#""PkgName": "libssl3""#,
            r#""PkgName": """#,
            "Unsupported: PkgName is \"\"…",
        ),
        (
            r#""PkgName": "libssl3","#,
            "",
            "Json: line 50, column 9: missing field `PkgName`",
        ),
        (
            r#""Severity": "CRITICAL","#,
            r#""Severity": 9,"#,
            "Json: line 38, column 23: invalid type: integer `9`, expected a string",
        ),
        (
            r#""Class": "os-pkgs""#,
            r#""Class": "secret""#,
            "TrivyJson Undecided critical=2…",
        ),
    ] {
        check(changed(from, to), expected);
    }
}

#[test]
fn a_report_that_examined_no_packages_says_nothing() {
    let report = |rest: &str| {
        format!(
            r#"{{"SchemaVersion":2,"ArtifactName":"a","ArtifactType":"container_image"{rest}}}"#
        )
    };
    let neither = "Empty: the report holds neither Results nor Metadata with an ImageID…";
    let no_packages = "Empty: the report holds no result of a class with packages…";
    for (rest, expected) in [
        ("", neither),
        (r#","Metadata":{}"#, neither),
        (r#","Metadata":{"ImageID":""},"Results":[]"#, neither),
        (r#","Results":null"#, neither),
        (
            r#","Metadata":{"ImageID":"sha256:9"},"Results":null"#,
            "TrivyJson Undecided…",
        ),
        (
            r#","Results":[{"Target":"k","Class":"secret","Secrets":[]}]"#,
            no_packages,
        ),
        (r#","Results":[{"Target":"k"}]"#, no_packages),
        (
            r#","Metadata":{"ImageID":"sha256:9"},"Results":[{"Target":"k","Class":"secret"}]"#,
            no_packages,
        ),
        (
            r#","Results":[{"Target":"k","Class":"os-pkgs"}]"#,
            "TrivyJson Undecided…",
        ),
        (r#","Results":[{"Class":"os-pkgs"}]"#, "Json: …"),
        (r#","Results":{}"#, "Json: …"),
    ] {
        check(report(rest), expected);
    }
}

#[test]
fn lists_and_texts_are_limited() {
    let one = r#"{"VulnerabilityID":"CVE-1","PkgName":"a"}"#;
    let scan = |count: usize, results: usize| {
        let list = vec![one; count].join(",");
        let result = format!(r#"{{"Target":"t","Class":"os-pkgs","Vulnerabilities":[{list}]}}"#);
        format!(
            r#"{{"SchemaVersion":2,"ArtifactType":"container_image","Results":[{}]}}"#,
            vec![result; results].join(",")
        )
    };
    check(scan(FINDINGS_MAX, 1), "TrivyJson Undecided…");
    check(
        scan(FINDINGS_MAX + 1, 1),
        "Limit: the report has more findings than the limit of 50000…",
    );
    check(
        scan(FINDINGS_MAX / 2 + 1, 2),
        "Limit: the report has more findings…",
    );
    check(
        scan(0, 10_001),
        "Limit: the report has more results than the limit of 10000…",
    );
    let digest = format!(r#""a@sha256:{}""#, "1".repeat(64));
    let old = format!(
        r#""registry.example.com/shop/web@sha256:{}""#,
        "1".repeat(64)
    );
    let many = vec![digest; SUBJECTS_MAX + 1].join(",");
    check(
        changed(&format!("[\n      {old}\n    ]"), &format!("[{many}]")),
        "Limit: the report has more RepoDigests than the limit of 64…",
    );
    check(
        changed("CVE-2024-5535", &"C".repeat(FINDING_ID_CHARS_MAX + 1)),
        "Limit: the report has more characters in a finding's name than the limit of 128…",
    );
    let long = changed(
        r#""PkgName": "libssl3""#,
        &format!(r#""PkgName": "\u001b{}""#, "a".repeat(999)),
    );
    let package = &read(long.as_bytes()).unwrap().findings[1].package;
    assert_eq!(package, &format!("\u{fffd}{}…", "a".repeat(254)));
}
