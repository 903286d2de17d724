//! Names, references and releases that are not what they should be.

use crate::sample::{release, scans, shop, shop_in_staging, shop_with_release, to_staging};

#[test]
fn unknown_names_are_told_with_those_that_are_known() {
    let mut s = shop_with_release();
    let commands: &[(i32, &[&str])] = &[
        (2, &["promote", "9.9.9", "--to", "staging"]),
        (2, &["promote", "1.0.0", "--to", "stagin"]),
        (2, &["plan", "9.9.9", "--to", "staging"]),
        (2, &["plan", "1.0.0", "--to", "prod"]),
        (2, &["release", "show", "9.9.9"]),
        (2, &["evidence", "add", "1.0.0", "unit-test", "--pass"]),
        (2, &["evidence", "add", "9.9.9", "unit-tests", "--pass"]),
        (2, &["evidence", "add", "1.0.0", "sign-off", "--pass"]),
        (2, &["evidence", "list", "9.9.9"]),
        (2, &["approve", "1.0.0", "--to", "prod", "--yes"]),
        (2, &["reject", "1.0.0", "--to", "prod", "--reason", "x"]),
        (2, &["cancel", "9.9.9", "--to", "staging", "--reason", "x"]),
        (
            2,
            &["withdraw", "9.9.9", "--to", "staging", "--reason", "x"],
        ),
        (2, &["rollback", "prod", "--reason", "x"]),
        (
            2,
            &[
                "rollback",
                "development",
                "--release",
                "9.9.9",
                "--reason",
                "x",
            ],
        ),
        (2, &["status", "prod"]),
        (2, &["history", "--to", "prod"]),
        (2, &["history", "--release", "9.9.9"]),
    ];
    for (code, words) in commands {
        s.refused(*code, &[*words, &["--as", "ci"]].concat());
    }
    let open = [
        "promote", "1.0.0", "--to", "staging", "--as", "ci", "--detach",
    ];
    s.quietly(&open);
    let gate = [
        "approve", "1.0.0", "--to", "staging", "--gate", "nope", "--yes",
    ];
    s.refused(2, &[&gate[..], &["--as", "alice"]].concat());
    s.end("unknown_names");
}

#[test]
fn a_release_holds_its_digests() {
    let mut s = shop_with_release();
    let reference = s.world.reference("shop/api", "build-1");
    let other = s.push("shop/api", "build-2", "two").digest;
    s.heading("the name exists with other digests");
    let second = s.world.reference("shop/api", "build-2");
    s.refused(3, &["release", "create", "1.0.0", &second]);
    s.heading("the tag moved: the release's digest wins");
    s.world.registry().move_tag("shop/api", "build-1", other);
    let promote = ["promote", &reference, "--to", "development", "--as", "ci"];
    s.check(&[&promote[..], &["-n"]].concat());
    s.check(&["release", "show", &reference]);
    s.refused(3, &["release", "create", "1.0.0", &reference]);
    s.heading("a release that is named after its tag");
    let second = s.world.reference("shop/api", "build-2");
    let by_tag = ["promote", &second, "--to", "development", "--as", "ci"];
    s.ends(0, &[&by_tag[..], &["-q"]].concat());
    let third = s.push("shop/api", "build-3", "three").digest;
    s.world.registry().move_tag("shop/api", "build-2", third);
    let output = s.ends(0, &by_tag);
    for digest in [other, third] {
        assert!(
            output.stderr.contains(&digest.to_string()),
            "{digest}: {output:?}"
        );
    }
    s.heading("references that do not fit the pipeline");
    s.world.registry().push("other/app", "latest", "other");
    let stranger = s.world.reference("other/app", "latest");
    s.refused(2, &["release", "create", "2.0.0", &stranger]);
    s.refused(2, &["promote", &stranger, "--to", "development"]);
    s.refused(2, &["release", "create", "2.0.0", &reference, &second]);
    s.refused(
        2,
        &["release", "create", "2.0.0", &format!("web={reference}")],
    );
    s.refused(
        2,
        &["release", "create", "2.0.0", &format!("Web={reference}")],
    );
    s.refused(
        2,
        &[
            "release",
            "create",
            "2.0.0",
            reference.trim_end_matches(":build-1"),
        ],
    );
    s.refused(2, &["release", "create", "2.0.0", "not a reference"]);
    s.refused(
        1,
        &[
            "release",
            "create",
            "2.0.0",
            &s.world.reference("shop/api", "none"),
        ],
    );
    let pinned = reference.replace(":build-1", &format!("@sha256:{}", "ab".repeat(32)));
    s.refused(1, &["release", "create", "2.0.0", &pinned]);
    let third = s.world.reference("shop/api", "build-3");
    s.refused(2, &["release", "show", &third]);
    s.end("releases");
}

#[test]
fn tags_that_cannot_be_written_refuse_at_plan() {
    let mut s = shop_in_staging();
    s.heading("a placeholder without a value");
    let image = s.push("shop/api", "build-2", "two");
    let second = s.world.reference("shop/api", "build-2");
    s.quietly(&["release", "create", "2.0.0", &second, "--as", "ci"]);
    s.quietly(&["promote", "2.0.0", "--to", "development", "--as", "ci"]);
    s.refused(3, &["plan", "2.0.0", "--to", "staging"]);
    s.refused(3, &["promote", "2.0.0", "--to", "staging", "--as", "ci"]);
    s.heading("a write-once tag on another digest");
    let third = s.push("shop/api", "build-3", "three");
    s.world
        .registry()
        .push("shop/api", "staging-3", "someone else's");
    release(&s, "3.0.0", "build-3");
    s.quietly(&["promote", "3.0.0", "--to", "development", "--as", "ci"]);
    scans(&s.world, &third, &[]);
    for (gate, report) in [
        ("unit-tests", "junit.xml"),
        ("image-scan", "trivy-amd64.json"),
        ("image-scan", "trivy-arm64.json"),
    ] {
        let add = [
            "evidence", "add", "3.0.0", gate, "--report", report, "--as", "ci",
        ];
        s.quietly(&add);
    }
    s.refused(3, &["plan", "3.0.0", "--to", "staging"]);
    s.refused(3, &["promote", "3.0.0", "--to", "staging", "--as", "ci"]);
    assert_ne!(image.digest, third.digest);
    s.end("tags");
}

#[test]
fn a_release_created_before_the_current_one_needs_older() {
    let mut s = shop_in_staging();
    let image = s.push("shop/api", "build-2", "two");
    release(&s, "2.0.0", "build-2");
    s.quietly(&["promote", "2.0.0", "--to", "development", "--as", "ci"]);
    scans(&s.world, &image, &[]);
    to_staging(&s, "2.0.0");
    let older = ["promote", "1.0.0", "--to", "staging", "--as", "ci"];
    s.refused(3, &older);
    s.refused(3, &["plan", "1.0.0", "--to", "staging"]);
    s.ends(0, &["plan", "1.0.0", "--to", "staging", "--older"]);
    s.ends(0, &[&older[..], &["--older", "-q"]].concat());
    s.heading("an approver sees the plan of what was asked for");
    s.quietly(&[
        "promote",
        "2.0.0",
        "--to",
        "production",
        "--as",
        "ci",
        "--detach",
    ]);
    s.quietly(&[
        "approve",
        "2.0.0",
        "--to",
        "production",
        "--as",
        "alice",
        "--yes",
    ]);
    s.quietly(&["promote", "2.0.0", "--to", "production", "--as", "ci"]);
    let production = ["promote", "1.0.0", "--to", "production", "--as", "ci"];
    s.ends(0, &[&production[..], &["--older", "--detach"]].concat());
    s.ends(
        2,
        &["approve", "1.0.0", "--to", "production", "--as", "alice"],
    );
    s.end("older");
}

#[test]
fn a_release_that_does_not_exist_yet_can_be_planned() {
    let mut s = shop();
    s.push("shop/api", "build-9", "nine");
    let reference = s.world.reference("shop/api", "build-9");
    let before = s.world.registry().tags("shop/api");
    s.heading("nothing is there yet, and nothing is made");
    s.ends(0, &["plan", &reference, "--to", "development"]);
    s.ends(0, &["promote", &reference, "--to", "development", "-n"]);
    s.ends(3, &["promote", &reference, "--to", "staging", "-n"]);
    let pass = ["evidence", "add", &reference, "unit-tests", "--pass", "-n"];
    s.refused(2, &pass);
    assert_eq!(s.world.registry().tags("shop/api"), before);
    assert!(!s.world.folder().join(".liftlock").exists());
    s.end("planned_before_creation");
}
