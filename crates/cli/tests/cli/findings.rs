//! Findings that are accepted for a time, or taken out by statements; load tests and code scans.

use serde_json::json;

use crate::sample::{SHOP, release, scans};
use crate::scenario::Scenario;

/// A day that these tests do not see the end of.
const SOME_DAY: &str = "2999-12-31";

fn shop() -> (Scenario, String) {
    let mut s = Scenario::new();
    s.world.write_programs();
    let rules = format!(
        "image-scan: {{ evidence: scan, from: ci, max: {{ critical: 0, high: 0 }}, vex: approvers, accept: [{{ id: CVE-2024-0000, until: {SOME_DAY}, reason: not reachable }}] }}\n      \
         load: {{ evidence: load, from: ci, min: {{ requests: 10 }} }}\n      \
         code: {{ evidence: scan, per: release, from: ci, max: {{ high: 0 }} }}"
    );
    let old = "image-scan: { evidence: scan, from: ci, max: { critical: 0, high: 0 } }";
    assert!(SHOP.contains(old));
    s.world.write_pipeline(&SHOP.replace(old, &rules));
    let image = s.push("shop/api", "build-1", "one");
    scans(&s.world, &image, &["CRITICAL", "HIGH", "LOW"]);
    release(&s, "1.0.0", "build-1");
    s.quietly(&["promote", "1.0.0", "--to", "development", "--as", "ci"]);
    (s, image.digest.to_string())
}

fn vex(s: &Scenario, file: &str, digest: &str, status: &str, more: serde_json::Value) {
    let mut statement = json!({
        "vulnerability": { "name": "CVE-2024-0001" },
        "products": [{ "@id": format!("pkg:oci/api@{digest}") }],
        "status": status,
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        statement[key] = value.clone();
    }
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "security",
        "timestamp": "2024-02-01T12:00:00Z",
        "version": 1,
        "statements": [statement],
    });
    s.world.write(file, &document.to_string());
}

#[test]
fn findings_are_accepted_and_stated_away() {
    let (mut s, digest) = shop();
    let add = |report: &'static str, who: &'static str| {
        [
            "evidence",
            "add",
            "1.0.0",
            "image-scan",
            "--report",
            report,
            "--as",
            who,
        ]
    };
    s.heading("one of two findings is accepted");
    s.ends(0, &add("trivy-amd64.json", "ci"));
    s.ends(0, &add("trivy-arm64.json", "ci"));
    s.ends(3, &["plan", "1.0.0", "--to", "staging"]);
    s.heading("the other is stated away, by whom the gate hears");
    let why = json!({ "justification": "vulnerable_code_not_in_execute_path" });
    vex(&s, "vex.json", &digest, "not_affected", why);
    s.refused(3, &add("vex.json", "ci"));
    s.ends(0, &[&add("vex.json", "alice")[..], &["-n"]].concat());
    s.ends(0, &add("vex.json", "alice"));
    s.ends(0, &["evidence", "list", "1.0.0"]);
    s.ends(4, &["plan", "1.0.0", "--to", "staging"]);
    s.heading("and put back");
    let action = json!({ "action_statement": "update" });
    vex(&s, "affected.json", &digest, "affected", action);
    s.ends(0, &add("affected.json", "bob"));
    s.ends(3, &["plan", "1.0.0", "--to", "staging"]);
    s.json(0, &["evidence", "list", "1.0.0"]);
    s.heading("documents about something else, or about nothing");
    let other = format!("sha256:{}", "cd".repeat(32));
    vex(&s, "other.json", &other, "fixed", json!({}));
    s.refused(3, &add("other.json", "alice"));
    vex(&s, "tag.json", "v1", "fixed", json!({}));
    s.refused(2, &add("tag.json", "alice"));
    s.end("findings");
}

#[test]
fn load_tests_and_code_scans_are_evidence() {
    let (mut s, _) = shop();
    let summary = |requests: u32, crossed: bool| {
        let metrics = json!({
            "iterations": { "count": requests, "rate": 1.5 },
            "http_reqs": { "count": requests, "rate": 1.5 },
            "http_req_failed": { "passes": 0, "fails": requests, "value": 0 },
            "http_req_duration": { "avg": 1.5, "thresholds": { "p(95)<500": crossed } },
        });
        json!({ "root_group": {}, "metrics": metrics }).to_string()
    };
    let add = |gate: &'static str, report: &'static str| {
        [
            "evidence", "add", "1.0.0", gate, "--report", report, "--as", "ci",
        ]
    };
    for (name, requests, crossed) in [
        ("few", 9, false),
        ("crossed", 10, true),
        ("good", 10, false),
    ] {
        let file = format!("k6-{name}.json");
        s.world.write(&file, &summary(requests, crossed));
        let add = [
            "evidence", "add", "1.0.0", "load", "--report", &file, "--as", "ci",
        ];
        s.ends(0, &add);
        let code = if name == "good" { 4 } else { 3 };
        s.ends(code, &["plan", "1.0.0", "--to", "staging"]);
    }
    let results = json!([
        { "ruleId": "B602", "level": "error", "message": { "text": "shell" } },
        { "ruleId": "B102", "level": "error", "message": { "text": "exec" }, "suppressions": [{ "kind": "inSource" }] },
    ]);
    let run = json!({ "tool": { "driver": { "name": "Bandit", "version": "1.9.4" } }, "results": results });
    let log = json!({ "version": "2.1.0", "runs": [run] });
    s.world.write("bandit.sarif", &log.to_string());
    s.ends(0, &add("code", "bandit.sarif"));
    s.refused(2, &add("load", "bandit.sarif"));
    s.ends(3, &["plan", "1.0.0", "--to", "staging"]);
    s.end("load_and_code");
}
