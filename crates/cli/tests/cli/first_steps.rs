//! An empty folder, a first pipeline file, and a policy that is adopted.

use crate::sample::{SHOP, shop};
use crate::scenario::Scenario;

#[test]
fn an_empty_folder_says_what_to_do() {
    let mut s = Scenario::new();
    let reference = s.world.reference("shop/api", "build-1");
    let commands: &[&[&str]] = &[
        &["status"],
        &["history"],
        &["tick"],
        &["release", "list"],
        &["release", "create", "1.0.0", &reference],
        &["plan", "1.0.0", "--to", "staging"],
        &["promote", "1.0.0", "--to", "staging"],
        &["approve", "1.0.0", "--to", "staging"],
        &["evidence", "add", "1.0.0", "unit-tests", "--pass"],
        &["rollback", "staging", "--reason", "x"],
        &["verify", &reference, "--environment", "staging"],
        &["policy", "check"],
        &["policy", "show"],
        &["log", "verify"],
        &["log", "export", "folder"],
    ];
    for command in commands {
        s.refused(2, command);
    }
    s.json(2, &["status"]);
    let left = std::fs::read_dir(s.world.folder()).expect("a folder");
    assert_eq!(left.count(), 0, "something was made");
    s.end("empty_folder");
}

#[test]
fn init_writes_a_file_that_is_valid() {
    let mut s = Scenario::new();
    let image = format!("{}/shop/api", s.world.registry().address());
    let init = ["init", &image, "--as", "dana"];
    s.ends(0, &[&init[..], &["--dry-run"]].concat());
    s.ends(0, &init);
    s.refused(2, &init);
    s.ends(0, &[&init[..], &["--force"]].concat());
    s.refused(2, &["init", &format!("{image}:tag")]);
    s.refused(1, &["init", &image, "--file", "nowhere/liftlock.yaml"]);
    s.ends(0, &["policy", "check"]);
    s.ends(2, &["policy", "diff"]);
    s.refused(2, &["status"]);
    s.refused(2, &["policy", "show"]);
    s.json(0, &["policy", "check"]);
    s.ends(0, &["policy", "apply", "-n", "--as", "dana"]);
    s.ends(0, &["policy", "apply", "--as", "dana"]);
    s.ends(0, &["policy", "apply", "--as", "dana"]);
    s.ends(0, &["policy", "diff"]);
    s.ends(0, &["status"]);
    s.ends(0, &["history"]);
    s.ends(0, &["release", "list"]);
    s.ends(0, &["tick"]);
    s.ends(0, &["policy", "show"]);
    s.end("init");
}

#[test]
fn a_pipeline_file_that_differs_stops_what_decides() {
    let mut s = shop();
    let reference = s.world.reference("shop/api", "build-1");
    s.quietly(&["release", "create", "1.0.0", &reference, "--as", "ci"]);
    let changed = SHOP
        .replace("high: 0", "high: 3")
        .replace("[approvers]", "[bob]")
        .replace("tags: [development]", "tags: [dev]")
        .replace("exclude: [requester]", "exclude: []");
    s.world.write_pipeline(&changed);
    s.refused(
        2,
        &["promote", "1.0.0", "--to", "development", "--as", "ci"],
    );
    s.refused(2, &["plan", "1.0.0", "--to", "development"]);
    s.json(2, &["tick"]);
    s.ends(0, &["status"]);
    s.ends(2, &["policy", "diff"]);
    s.json(2, &["policy", "diff"]);
    s.ends(0, &["policy", "apply", "-n"]);
    s.json(0, &["policy", "apply"]);
    s.ends(
        0,
        &["promote", "1.0.0", "--to", "development", "--as", "ci"],
    );
    s.end("policy_differs");
}

#[test]
fn owners_alone_change_the_policy() {
    let mut s = shop();
    let owned = SHOP.replace("environments:", "owners: [alice]\nenvironments:");
    s.world.write_pipeline(&owned);
    s.quietly(&["policy", "apply", "--as", "alice"]);
    s.world.write_pipeline(&owned.replace("high: 0", "high: 9"));
    s.refused(3, &["policy", "apply", "--as", "bob"]);
    s.ends(0, &["policy", "apply", "--as", "alice"]);
    s.end("policy_owners");
}

#[test]
fn a_state_that_goes_with_the_job_is_warned_about() {
    let mut s = shop();
    let liftlock = crate::scenario::LIFTLOCK;
    let reference = s.world.reference("shop/api", "build-1");
    let create = ["release", "create", "1.0.0", &reference, "--as", "ci"];
    let output = s
        .world
        .run("env", &[&["CI=1", liftlock], &create[..]].concat());
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output.stderr.contains("will be gone with this job"),
        "{output:?}"
    );
    let named = ["--state", "elsewhere.db"];
    let words = [&["CI=1", liftlock], &create[..], &named].concat();
    let output = s.world.run("env", &words);
    assert!(!output.stderr.contains("warning"), "{output:?}");
    let words = ["LIFTLOCK_STATE=elsewhere.db", liftlock, "release", "list"];
    let output = s.world.run("env", &words);
    assert!(output.stdout.starts_with("1.0.0 "), "{output:?}");
    s.ends(0, &["status", "--file", "./liftlock.yaml"]);
}
