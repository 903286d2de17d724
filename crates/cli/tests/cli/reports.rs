//! Reports that cannot be evidence.

use std::fs::{self, File};

use crate::sample::{JUNIT, scan, scans, shop_with_release};

#[test]
fn a_bad_report_changes_nothing() {
    let mut s = shop_with_release();
    let digest = s
        .world
        .registry()
        .tag("shop/api", "build-1")
        .expect("a tag");
    let digest = digest.to_string();
    let other = format!("sha256:{}", "cd".repeat(32));
    let files = [
        ("empty.xml", String::new()),
        ("blank.xml", " \n".to_owned()),
        ("broken.xml", JUNIT.replace("</testsuite>", "")),
        (
            "entity.xml",
            format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{JUNIT}"),
        ),
        ("page.html", "<html><body>404</body></html>".to_owned()),
        ("broken.json", scan(&digest, "amd64", &[]).replace('}', "")),
        ("other.json", "{\"hello\": 1}".to_owned()),
        ("list.json", "[1, 2]".to_owned()),
        ("words.txt", "all good".to_owned()),
        ("another.json", scan(&other, "amd64", &[])),
        ("platform.json", scan(&digest, "s390x", &[])),
        (
            "future.json",
            scan(&digest, "amd64", &[]).replace("2024-01", "2999-01"),
        ),
    ];
    for (name, text) in files {
        s.world.write(name, &text);
        let gate = if name.ends_with("xml") {
            "unit-tests"
        } else {
            "image-scan"
        };
        let add = [
            "evidence", "add", "1.0.0", gate, "--report", name, "--as", "ci",
        ];
        let output = s.check(&add);
        assert!([2, 3].contains(&output.code), "{name}: {output:?}");
        s.refused(output.code, &[&add[..], &["--dry-run"]].concat());
    }
    let large = File::create(s.world.folder().join("large.json")).expect("a file");
    large.set_len(100 * 1024 * 1024).expect("a sparse file");
    fs::write(
        s.world.folder().join("latin.xml"),
        b"<testsuites a='\xe9'/>",
    )
    .expect("a file");
    fs::create_dir(s.world.folder().join("folder")).expect("a folder");
    for name in [
        "large.json",
        "latin.xml",
        "folder",
        "nowhere.xml",
        "/dev/zero",
    ] {
        let add = ["evidence", "add", "1.0.0", "unit-tests", "--report", name];
        s.refused(2, &[&add[..], &["--as", "ci"]].concat());
    }
    s.json(
        2,
        &[
            "evidence",
            "add",
            "1.0.0",
            "unit-tests",
            "--report",
            "empty.xml",
        ],
    );
    s.end("bad_reports");
}

#[test]
fn evidence_that_is_not_what_the_gate_asks_for() {
    let mut s = shop_with_release();
    let add = |gate: &'static str, who: &'static str, more: &[&'static str]| {
        [&["evidence", "add", "1.0.0", gate, "--as", who], more].concat()
    };
    s.heading("a report of the wrong kind, a stranger, a figure that nobody counted");
    s.refused(
        2,
        &add("unit-tests", "ci", &["--report", "trivy-amd64.json"]),
    );
    s.refused(2, &add("image-scan", "ci", &["--report", "junit.xml"]));
    s.refused(2, &add("image-scan", "ci", &["--pass", "--image", "web"]));
    s.check(&add("unit-tests", "mallory", &["--pass"]));
    s.check(&add("image-scan", "ci", &["--pass"]));
    s.ends(3, &["plan", "1.0.0", "--to", "staging"]);
    s.heading("failed tests and a critical finding");
    let failed = JUNIT.replace("name=\"ships\"/>", "name=\"ships\"><failure/></testcase>");
    s.world.write("failed.xml", &failed);
    s.check(&add("unit-tests", "ci", &["--report", "failed.xml"]));
    let image = s.push("shop/api", "build-1", "one");
    scans(&s.world, &image, &["CRITICAL", "LOW"]);
    s.check(&add("image-scan", "ci", &["--report", "trivy-amd64.json"]));
    s.refused(3, &["promote", "1.0.0", "--to", "staging", "--as", "ci"]);
    s.ends(3, &["plan", "1.0.0", "--to", "staging"]);
    s.heading("the same report again");
    s.check(&add("image-scan", "ci", &["--report", "trivy-amd64.json"]));
    s.end("evidence");
}
