//! A process is killed while a program of its own runs: the program outlives it, but nothing is
//! carried on beside it.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use liftlock_testkit::{Output, Process};

use crate::shop::{Kind, Release, Shop};

/// How long a test waits for something that must come before it gives up.
const PATIENCE: Duration = Duration::from_secs(60);
const GATES: &str = "{ qa: { evidence: manual } }";

/// A release with its evidence, whose id is returned, too.
fn vouched(shop: &mut Shop) -> (Release, String) {
    let release = shop.release();
    let add = ["evidence", "add", &release.name, "qa", "--pass", "--json"];
    let added = shop.must(&add, &[0]).json();
    let id = added["result"]["evidence"]["evidence"]["id"].as_str();
    (release, id.expect("an id").to_owned())
}

/// Kills a process whose deployment is held, which then still runs.
fn orphaned(shop: &Shop, arguments: &[&str]) {
    shop.world.toggle("deploy-held");
    let process = shop.start(arguments);
    deploying(shop, &process);
    process.kill();
    assert!(!programs(shop).is_empty(), "the deployment has ended, too");
}

/// Waits until a deployment of this process has begun, which is held.
fn deploying(shop: &Shop, process: &Process) {
    let begun = shop.world.folder().join("deploying-staging");
    until("a deployment begins", || {
        assert!(process.is_running(), "{:?}", process.wait());
        begun.exists()
    });
    fs::remove_file(begun).expect("a mark");
}

/// Carries on, and lets deployments go when it has begun one of its own; what may still run of
/// others has then ended.
fn carried_on(shop: &Shop, arguments: &[&str]) -> Output {
    let process = shop.start(arguments);
    deploying(shop, &process);
    assert!(shop.world.release("deploy-held"));
    let output = process.wait();
    until("all programs end", || programs(shop).is_empty());
    output
}

/// The processes that run in the shop's folder.
fn programs(shop: &Shop) -> Vec<PathBuf> {
    let folder = shop.world.folder();
    let folder = folder.canonicalize().expect("the folder");
    let processes = fs::read_dir("/proc").expect("/proc");
    let paths = processes.filter_map(|entry| Some(entry.ok()?.path()));
    // A process that has ended, or is someone else's, has no such link to be read.
    let in_folder = |path: &Path| fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd == folder);
    paths.filter(|path| in_folder(path)).collect()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "{what}: never");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn deployed(shop: &Shop) -> Vec<String> {
    let deployments = shop.world.deployments().into_iter();
    deployments.map(|deployment| deployment.release).collect()
}

#[test]
fn a_withdrawn_release_is_not_deployed_by_what_was_left() {
    let mut shop = Shop::empty(Kind::Deployed, GATES);
    let (good, _) = vouched(&mut shop);
    shop.must(&["promote", &good.name, "--to", "staging"], &[0]);
    let (new, id) = vouched(&mut shop);
    orphaned(&shop, &["promote", &new.name, "--to", "staging"]);
    shop.must(&["evidence", "revoke", &id, "--reason", "mistaken"], &[0]);

    let output = carried_on(&shop, &["tick"]);
    assert!([0, 1].contains(&output.code), "{output:?}");
    assert_eq!(deployed(&shop), ["r1", "r1"], "{output:?}");
    assert!(
        output.stderr.contains("./deploy.sh of p2 still ran"),
        "{output:?}"
    );
    assert_eq!(shop.outcomes(&new), ["rolled-back"]);
    shop.assert_in_staging(&good, &"gone back");
    shop.assert_at_rest(&"gone back");
}

#[test]
fn a_good_release_is_deployed_once() {
    let (mut shop, _) = Shop::new(Kind::Deployed);
    let new = shop.release();
    let promote = ["promote", &new.name, "--to", "staging"];
    orphaned(&shop, &promote);
    // And once more, while it is carried on.
    let again = shop.start(&["tick"]);
    deploying(&shop, &again);
    again.kill();

    let output = carried_on(&shop, &promote);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(deployed(&shop), ["r1", "r2"], "{output:?}");
    shop.assert_in_staging(&new, &"carried on");
    shop.assert_at_rest(&"carried on");
}

#[test]
fn a_rollback_is_not_undone_by_another() {
    let (mut shop, first) = Shop::new(Kind::Deployed);
    let second = shop.release();
    shop.must(&["promote", &second.name, "--to", "staging"], &[0]);
    let rollback = ["rollback", "staging", "--reason", "slow"];
    orphaned(&shop, &rollback);

    let output = carried_on(&shop, &["tick"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(deployed(&shop), ["r1", "r2", "r1"], "{output:?}");
    shop.assert_in_staging(&first, &"rolled back");
    shop.assert_at_rest(&"rolled back");
}
