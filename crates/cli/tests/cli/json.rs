//! `--json`: one document, for every command and every ending.

use crate::sample::{release, shop, shop_in_staging, to_production};
use crate::scenario::{LIFTLOCK, document};

#[test]
fn every_verb_prints_one_document() {
    let mut s = shop();
    let reference = s.world.reference("shop/api", "build-1");
    let about = ["--version", "1.0.0", "--build", "1", "--as", "ci"];
    let create = ["release", "create", "1.0.0", &reference];
    let add = |gate: &'static str, more: &[&'static str]| {
        [&["evidence", "add", "1.0.0", gate, "--as", "ci"], more].concat()
    };
    let staging = ["promote", "1.0.0", "--to", "staging", "--as", "ci"];
    let production = ["1.0.0", "--to", "production", "--as"];
    let as_who = |verb, who, more: &[&'static str]| -> Vec<&'static str> {
        let who: &'static str = who;
        [&[verb], &production[..], &[who], more].concat()
    };
    s.json(0, &[&create[..], &about].concat());
    s.json(0, &["release", "list"]);
    s.json(0, &["release", "show", "1.0.0"]);
    s.json(3, &["plan", "1.0.0", "--to", "staging"]);
    s.json(3, &staging);
    s.json(
        0,
        &["promote", "1.0.0", "--to", "development", "--as", "ci"],
    );
    s.json(
        0,
        &["promote", "1.0.0", "--to", "development", "--as", "ci"],
    );
    s.json(4, &[&staging[..], &["-n"]].concat());
    s.json(4, &staging);
    s.json(0, &add("unit-tests", &["--report", "junit.xml"]));
    s.json(0, &add("image-scan", &["--report", "trivy-amd64.json"]));
    s.json(0, &["tick", "-n"]);
    s.json(
        0,
        &add("image-scan", &["--report", "trivy-arm64.json", "-n"]),
    );
    s.json(0, &add("image-scan", &["--report", "trivy-arm64.json"]));
    s.json(0, &["evidence", "list", "1.0.0"]);
    s.json(0, &["tick", "--as", "ci"]);
    s.json(0, &as_who("promote", "ci", &["--detach"]));
    s.json(2, &as_who("approve", "alice", &[]));
    s.json(0, &as_who("approve", "alice", &["--yes"]));
    s.json(0, &as_who("withdraw", "alice", &["--reason", "x"]));
    s.json(0, &as_who("reject", "alice", &["--reason", "x"]));
    s.json(3, &as_who("cancel", "ci", &["--reason", "x"]));
    s.json(0, &["status"]);
    s.json(0, &["history", "--to", "production"]);
    s.json(
        0,
        &[
            "verify",
            &s.world.reference("shop/api", "staging"),
            "--environment",
            "staging",
        ],
    );
    s.json(0, &["evidence", "revoke", "e1", "--reason", "x"]);
    s.json(1, &["rollback", "staging", "--reason", "x"]);
    s.json(0, &["log", "checkpoint"]);
    s.json(0, &["log", "verify"]);
    s.json(0, &["log", "export", "exported"]);
    s.end("json");
}

#[test]
fn large_documents_are_documents_too() {
    let s = shop_in_staging();
    for (code, words) in [
        (0, &["policy", "schema"][..]),
        (0, &["policy", "show"]),
        (0, &["policy", "check"]),
        (0, &["policy", "diff"]),
        (0, &["policy", "apply"]),
        (0, &["man", "pages"]),
        (0, &["init", "--file", "other.yaml"]),
        (0, &["history"]),
    ] {
        let words = [words, &["--json"]].concat();
        let output = s.world.run(LIFTLOCK, &words);
        document(code, &words, &output);
    }
    let schema = s.quietly(&["policy", "schema"]).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("a schema");
    assert!(schema["$schema"].is_string());
}

#[test]
fn a_failed_promotion_and_a_rollback_are_told_in_json() {
    let mut s = shop_in_staging();
    to_production(&s, "1.0.0");
    s.json(
        0,
        &[
            "promote",
            "1.0.0",
            "--to",
            "production",
            "--as",
            "ci",
            "--again",
            "--detach",
        ],
    );
    s.quietly(&[
        "approve",
        "1.0.0",
        "--to",
        "production",
        "--yes",
        "--as",
        "alice",
    ]);
    s.world.bad("1.0.0");
    s.json(1, &["promote", "1.0.0", "--to", "production", "--as", "ci"]);
    s.world.bad("");
    s.push("shop/api", "build-2", "two");
    release(&s, "2.0.0", "build-2");
    s.quietly(&["promote", "2.0.0", "--to", "development", "--as", "ci"]);
    s.json(
        0,
        &[
            "rollback",
            "development",
            "--reason",
            "x",
            "--as",
            "ci",
            "-n",
        ],
    );
    s.json(
        0,
        &["rollback", "development", "--reason", "x", "--as", "ci"],
    );
    s.end("json_failures");
}

#[test]
fn a_command_line_that_makes_no_sense_is_one_document_too() {
    let mut s = shop();
    let commands: &[&[&str]] = &[
        &["promot"],
        &["promote", "--to", "staging"],
        &["promote", "1.0.0"],
        &["promote", "1.0.0", "--to", "staging", "--wait=soon"],
        &["promote", "1.0.0", "--to", "staging", "--detach", "--wait"],
        &["promote", "not a name", "--to", "staging"],
        &["evidence", "add", "1.0.0", "unit-tests"],
        &["evidence", "add", "1.0.0", "unit-tests", "--pass", "--fail"],
        &["status", "--stat", "x"],
        &["status", "--color", "blue"],
        &["init", "registry.example.com/myapp:tag"],
        &["image", "inspect", "127.0.0.1:1/app"],
    ];
    for command in commands {
        s.refused(2, command);
        s.json(2, command);
    }
    s.refused(2, &["--no-input"]);
    s.json(2, &[]);
    s.json(2, &["image"]);
    let bare = s.world.run(LIFTLOCK, &[]);
    assert_eq!(bare.code, 2);
    assert!(bare.stderr.contains("Usage: liftlock"));
    s.end("usage");
}
