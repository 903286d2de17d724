//! An environment with two repositories of its own: copied there, deployed and tagged there.

use liftlock_oci::Image;
use liftlock_testkit::Answer;

use crate::scenario::{LIFTLOCK, Scenario};

const PIPELINE: &str = r#"version: 1
pipeline: shop
identity: claimed
images:
  api: REGISTRY/shop/api
  worker: REGISTRY/shop/worker

environments:
  staging:
    tags: [live]
    gates: none

  production:
    after: staging
    repository: ["EU/shop/{image}", "US/shop/{image}"]
    tags: [live, "v{version}"]
    gates: none
    deploy: { command: [./deploy.sh], within: 30s }
    checks:
      health: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }
"#;

const KEYS: [&str; 2] = ["api", "worker"];
const REGIONS: [&str; 2] = ["EU", "US"];

/// Registries EU and US beside the one that images are built into.
fn regions() -> Scenario {
    let mut s = Scenario::new();
    for region in REGIONS {
        s.world.add_registry(region);
    }
    s.world.write_programs();
    s.world.write_pipeline(PIPELINE);
    s
}

/// A new release, in staging.
fn release(s: &mut Scenario, name: &str) -> Vec<Image> {
    let pushed = KEYS.map(|key| s.push(&format!("shop/{key}"), name, &format!("{key} {name}")));
    let images = KEYS.map(|key| s.world.reference(&format!("shop/{key}"), name));
    let images = [
        format!("api={}", images[0]),
        format!("worker={}", images[1]),
    ];
    let about = ["--version", name, "--as", "ci"];
    let create = ["release", "create", name, &images[0], &images[1]];
    s.quietly(&[&create[..], &about].concat());
    s.quietly(&["promote", name, "--to", "staging", "--as", "ci"]);
    pushed.to_vec()
}

fn promote(name: &str) -> [&str; 6] {
    ["promote", name, "--to", "production", "--as", "ci"]
}

/// In each region, each moving tag is at these images.
fn assert_live(s: &Scenario, images: &[Image]) {
    for region in REGIONS {
        for (key, image) in KEYS.iter().zip(images) {
            let repository = format!("shop/{key}");
            let found = s.world.registry_named(region).tag(&repository, "live");
            assert_eq!(found, Some(image.digest), "{region} {key}");
        }
    }
}

#[test]
fn a_promotion_to_two_regions_is_shown_with_both() {
    let mut s = regions();
    let first = release(&mut s, "1.0.0");
    s.ends(0, &["plan", "1.0.0", "--to", "production"]);
    s.ends(0, &promote("1.0.0"));
    assert_live(&s, &first);
    s.ends(0, &["status"]);
    s.ends(0, &["history", "--to", "production"]);
    s.ends(0, &promote("1.0.0"));
    s.heading("what is in a region");
    let eu = s.world.registry_named("EU").address();
    let us = s.world.registry_named("US").address();
    let stranger = s
        .world
        .registry_named("US")
        .push("shop/api", "mine", "mine");
    s.know(&stranger);
    for (code, image) in [
        (0, format!("{eu}/shop/api:live")),
        (0, format!("{us}/shop/worker@{}", first[1].digest)),
        (3, format!("{us}/shop/api:mine")),
    ] {
        s.ends(code, &["verify", &image, "--environment", "production"]);
    }
    s.heading("a release by what a region has of it");
    let live = format!("{us}/shop/api:live");
    s.ends(0, &["release", "show", &live]);
    s.ends(0, &["promote", &live, "--to", "production", "-n"]);
    s.refused(2, &["release", "show", &format!("{us}/shop/api:mine")]);
    s.refused(1, &["release", "show", &format!("{us}/shop/api:none")]);
    s.refused(2, &["release", "create", "9.9.9", &live]);
    s.heading("a tag that was moved in one region");
    let moved = s.world.registry_named("US");
    moved.move_tag("shop/api", "live", stranger.digest);
    s.ends(5, &promote("1.0.0"));
    s.ends(0, &[&promote("1.0.0")[..], &["--again"]].concat());
    assert_live(&s, &first);
    s.end("regions");
}

#[test]
fn a_release_that_fails_is_rolled_back_in_both_regions() {
    let mut s = regions();
    let first = release(&mut s, "1.0.0");
    s.quietly(&promote("1.0.0"));
    release(&mut s, "2.0.0");
    s.world.bad("2.0.0");
    s.ends(1, &promote("2.0.0"));
    assert_live(&s, &first);
    s.heading("back to a release that is gone from where it was built");
    s.world.bad("");
    s.quietly(&[&promote("2.0.0")[..], &["--again"]].concat());
    for (key, image) in KEYS.iter().zip(&first) {
        s.world.registry().remove(&format!("shop/{key}"), image);
    }
    let back = ["rollback", "production", "--reason", "slow", "--as", "ci"];
    s.ends(0, &[&back[..], &["-n"]].concat());
    s.ends(0, &back);
    assert_live(&s, &first);
    s.heading("and gone from a region too");
    s.world.registry_named("US").remove("shop/api", &first[0]);
    s.ends(0, &[&promote("1.0.0")[..], &["--again"]].concat());
    assert_live(&s, &first);
    s.heading("and from all of them");
    for region in REGIONS {
        s.world.registry_named(region).remove("shop/api", &first[0]);
    }
    s.ends(1, &[&promote("1.0.0")[..], &["--again"]].concat());
    s.end("regions_back");
}

#[test]
fn a_rollback_works_while_the_registry_of_the_builds_is_away() {
    let mut s = regions();
    let first = release(&mut s, "1.0.0");
    s.quietly(&promote("1.0.0"));
    let second = release(&mut s, "2.0.0");
    s.quietly(&promote("2.0.0"));
    assert_live(&s, &second);
    s.world.registry().watch(|_| Answer::Fail);
    s.quietly(&["rollback", "production", "--reason", "slow", "--as", "ci"]);
    s.world.registry().unwatch();
    assert_live(&s, &first);
}

#[test]
fn each_blob_is_read_once_and_nothing_twice_when_it_is_asked_for_again() {
    let mut s = regions();
    release(&mut s, "1.0.0");
    let take = |s: &Scenario| {
        s.world
            .registries()
            .map(|r| r.take_requests())
            .collect::<Vec<_>>()
    };
    take(&s);
    s.quietly(&promote("1.0.0"));
    let requests = take(&s);
    let mut reads: Vec<_> = requests[0]
        .iter()
        .filter(|line| line.target.contains("/blobs/"))
        .map(|line| (line.method.as_str(), line.target.as_str()))
        .collect();
    let all = reads.len();
    reads.sort_unstable();
    reads.dedup();
    // Two images of two platforms: a layer, which they share, and their configurations.
    assert_eq!((reads.len(), all), (6, 6), "{reads:?}");
    assert!(reads.iter().all(|(method, _)| *method == "GET"));
    for region in &requests[1..] {
        let sent = region
            .iter()
            .filter(|line| line.target.contains("/blobs/uploads/"));
        assert_eq!(sent.count(), 6, "{region:#?}");
        let read = region.iter().filter(|line| line.method == "GET");
        assert_eq!(read.count(), 0, "what was just written is known");
    }
    s.quietly(&[&promote("1.0.0")[..], &["--again"]].concat());
    let again = take(&s);
    let moves = again.iter().flatten();
    let moves: Vec<_> = moves
        .filter(|line| line.method != "HEAD" && line.target.contains("/blobs/"))
        .collect();
    assert!(moves.is_empty(), "{moves:#?}");
}

#[test]
fn what_refers_to_an_image_goes_where_it_goes_and_what_is_new_goes_the_next_time() {
    let mut s = regions();
    let image = release(&mut s, "1.0.0").remove(0);
    let mut signatures = Vec::new();
    for content in ["one", "two"] {
        signatures.push(s.world.registry().sign("shop/api", &image, content));
        s.quietly(&[&promote("1.0.0")[..], &["--again"]].concat());
        let signature = format!("sha256-{}.sig", image.digest.hex());
        let there = s.world.registry().tag("shop/api", &signature);
        for region in REGIONS {
            let region = s.world.registry_named(region);
            let found = region.referrers("shop/api", &image);
            assert!(
                signatures.iter().all(|digest| found.contains(digest)),
                "{found:?}"
            );
            assert!(there.is_some());
            if content == "one" {
                assert_eq!(region.tag("shop/api", &signature), there);
            }
        }
    }
}

#[test]
fn status_and_history_tell_programs_where_images_are() {
    let mut s = regions();
    release(&mut s, "1.0.0");
    s.quietly(&promote("1.0.0"));
    let status = s.world.run(LIFTLOCK, &["status", "--json"]).json();
    let production = &status["result"]["environments"][1];
    let [eu, us] = REGIONS.map(|region| s.world.registry_named(region).address());
    assert_eq!(
        production["repositories"][1],
        format!("{us}/shop/{{image}}")
    );
    let current = &production["current"];
    assert_eq!(
        current["images"]["api"]["repository"],
        format!("{eu}/shop/api")
    );
    assert_eq!(current["also_in"]["worker"][0], format!("{us}/shop/worker"));
    let history = s
        .world
        .run(LIFTLOCK, &["history", "--to", "production", "--json"]);
    let promotion = &history.json()["result"]["promotions"][0];
    assert_eq!(
        promotion["images"]["api"]["repository"],
        format!("{eu}/shop/api")
    );
    assert_eq!(promotion["steps"][0]["step"]["do"], "copy");
}
