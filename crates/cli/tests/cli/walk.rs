//! The whole way of a release, typed by hand.

use crate::sample::{release, scans, shop};
use crate::scenario::Scenario;

#[test]
fn a_release_goes_to_production_and_back() {
    let mut s = shop();
    create(&mut s);
    staging(&mut s);
    production(&mut s);
    looks(&mut s);
    s.end("walk");
}

fn create(s: &mut Scenario) {
    s.heading("a release pins digests");
    let reference = s.world.reference("shop/api", "build-1");
    let create = ["release", "create", "1.0.0", &reference, "--as", "ci"];
    let about = [
        "--version",
        "1.0.0",
        "--build",
        "1",
        "--commit",
        "abc123",
        "--url",
        "https://ci.example.com/1",
        "--label",
        "team=shop",
        "--author",
        "bob",
    ];
    let create = [&create[..], &about].concat();
    s.ends(0, &[&create[..], &["--dry-run"]].concat());
    s.ends(2, &["status"]);
    s.ends(0, &create);
    s.ends(0, &create);
    s.ends(0, &["release", "list"]);
    s.ends(0, &["release", "show", "1.0.0"]);
    s.ends(0, &["release", "show", &reference]);
}

fn staging(s: &mut Scenario) {
    s.heading("development, and evidence for staging");
    let staging = ["1.0.0", "--to", "staging", "--as", "ci"];
    let promote = |more: &'static [&'static str]| [&["promote"], &staging[..], more].concat();
    s.ends(3, &["plan", "1.0.0", "--to", "staging"]);
    s.refused(3, &promote(&[]));
    let development = ["promote", "1.0.0", "--to", "development", "--as", "ci"];
    s.ends(0, &[&development[..], &["-n"]].concat());
    s.ends(0, &development);
    s.ends(0, &development);
    s.ends(4, &["plan", "1.0.0", "--to", "staging"]);
    s.ends(4, &promote(&["--dry-run"]));
    s.ends(4, &promote(&[]));
    s.ends(0, &["status"]);
    let unit = ["evidence", "add", "1.0.0", "unit-tests", "--as", "ci"];
    s.ends(0, &[&unit[..], &["--report", "junit.xml", "-n"]].concat());
    s.ends(0, &[&unit[..], &["--report", "junit.xml"]].concat());
    s.ends(0, &[&unit[..], &["--fail", "--note", "flaky"]].concat());
    s.refused(3, &promote(&[]));
    s.ends(
        0,
        &[&unit[..], &["--pass", "--url", "https://ci/2"]].concat(),
    );
    s.ends(0, &["tick", "-n"]);
    s.ends(0, &["tick"]);
    for report in ["trivy-amd64.json", "trivy-arm64.json"] {
        let scan = ["evidence", "add", "1.0.0", "image-scan", "--report", report];
        s.ends(0, &[&scan[..], &["--as", "ci"]].concat());
    }
    s.ends(0, &["evidence", "list", "1.0.0"]);
    s.ends(0, &["tick", "--as", "ci"]);
    s.ends(0, &["tick"]);
    s.ends(0, &promote(&[]));
}

fn production(s: &mut Scenario) {
    s.heading("production, and people");
    let to = ["1.0.0", "--to", "production", "--as"];
    let typed = |verb, who, more: &[&'static str]| {
        let words = [&[verb], &to[..], &[who], more].concat();
        words
            .iter()
            .map(|w| (*w).to_owned())
            .collect::<Vec<String>>()
    };
    let steps: &[(i32, &str, &str, &[&str])] = &[
        (3, "approve", "alice", &["--yes"]),
        (0, "promote", "ci", &["--detach"]),
        (2, "approve", "alice", &[]),
        (2, "approve", "alice", &["--no-input"]),
        (0, "approve", "alice", &["--dry-run"]),
        (3, "approve", "ci", &["--yes"]),
        (3, "approve", "mallory", &["--yes"]),
        (0, "approve", "alice", &["--yes", "--comment", "read it"]),
        (3, "approve", "alice", &["--yes"]),
        (0, "withdraw", "alice", &["--reason", "too early", "-n"]),
        (0, "withdraw", "alice", &["--reason", "too early"]),
        (3, "withdraw", "alice", &["--reason", "too early"]),
        (
            0,
            "reject",
            "bob",
            &["--reason", "the basket is empty", "-n"],
        ),
        (0, "reject", "bob", &["--reason", "the basket is empty"]),
        (3, "reject", "bob", &["--reason", "the basket is empty"]),
        (0, "promote", "ci", &["--detach"]),
        (0, "cancel", "ci", &["--reason", "wrong build", "-n"]),
        (0, "cancel", "ci", &["--reason", "wrong build"]),
        (3, "cancel", "ci", &["--reason", "wrong build"]),
        (4, "promote", "ci", &[]),
        (0, "approve", "bob", &["--yes", "--gate", "sign-off"]),
        (0, "promote", "ci", &["--wait"]),
        (0, "promote", "ci", &["--quiet", "--again", "--detach"]),
    ];
    for (code, verb, who, more) in steps {
        let words = typed(verb, who, more);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        s.ends(*code, &words);
    }
}

fn looks(s: &mut Scenario) {
    s.heading("a second release whose check fails, and a rollback");
    let image = s.push("shop/api", "build-2", "two");
    scans(&s.world, &image, &["LOW", "MEDIUM"]);
    release(s, "2.0.0", "build-2");
    s.quietly(&["promote", "2.0.0", "--to", "development", "--as", "ci"]);
    s.quietly(&[
        "cancel",
        "1.0.0",
        "--to",
        "production",
        "--reason",
        "done",
        "--as",
        "ci",
    ]);
    for report in ["trivy-amd64.json", "trivy-arm64.json"] {
        let scan = ["evidence", "add", "2.0.0", "image-scan", "--report", report];
        s.quietly(&[&scan[..], &["--as", "ci"]].concat());
    }
    s.quietly(&[
        "evidence",
        "add",
        "2.0.0",
        "unit-tests",
        "--pass",
        "--as",
        "ci",
    ]);
    s.world.bad("2.0.0");
    s.ends(1, &["promote", "2.0.0", "--to", "staging", "--as", "ci"]);
    s.ends(0, &["release", "show", "2.0.0"]);
    s.world.bad("");
    s.ends(4, &["promote", "2.0.0", "--to", "staging", "--as", "ci"]);
    s.quietly(&[
        "evidence",
        "add",
        "2.0.0",
        "unit-tests",
        "--pass",
        "--as",
        "ci",
    ]);
    for report in ["trivy-amd64.json", "trivy-arm64.json"] {
        let text = std::fs::read_to_string(s.world.folder().join(report)).expect("a report");
        s.world.write(
            report,
            &text.replace("\"CreatedAt\":\"2024-01-31T12:00:00Z\",", ""),
        );
        let scan = ["evidence", "add", "2.0.0", "image-scan", "--report", report];
        s.quietly(&[&scan[..], &["--as", "ci"]].concat());
    }
    s.ends(
        0,
        &["promote", "2.0.0", "--to", "staging", "--as", "ci", "-q"],
    );
    s.ends(
        0,
        &[
            "promote",
            "2.0.0",
            "--to",
            "production",
            "--as",
            "ci",
            "--detach",
        ],
    );
    s.ends(
        2,
        &["approve", "2.0.0", "--to", "production", "--as", "alice"],
    );
    let rollback = [
        "rollback",
        "staging",
        "--reason",
        "orders fail",
        "--as",
        "ci",
    ];
    s.ends(0, &[&rollback[..], &["--dry-run"]].concat());
    s.ends(0, &rollback);
    s.ends(1, &rollback);
    s.ends(0, &["status"]);
    s.ends(0, &["status", "staging"]);
    s.ends(0, &["release", "list"]);
    s.ends(0, &["release", "show", "2.0.0"]);
    s.ends(0, &["history"]);
    s.ends(0, &["history", "--to", "production", "--release", "1.0.0"]);
    s.ends(0, &["history", "--release", "2.0.0", "--to", "development"]);
}
