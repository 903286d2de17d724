//! `semantics`, "Names": tags with placeholders, written once, and whose they are.

use liftlock_core::policy::TagTemplate;
use liftlock_core::release::About;
use liftlock_core::{PromotionId, Refusal};

use crate::actors::token;
use crate::build::{at, digest, env, is, policy, repository, with_web};
use crate::world::{World, wanted};

fn tagged(tag: &str) -> World {
    let mut world = World::with(with_web(policy(vec![env("dev").tags(&["dev", tag])])));
    world.release("r1");
    world
}

#[test]
fn placeholders_stand_for_what_they_say() {
    let hex = digest("api r1").hex();
    for (template, tag) in [
        ("{release}", "r1".to_owned()),
        ("v{version}", "vr1.0".to_owned()),
        ("{date}-x", "20260301-x".to_owned()),
        ("d-{digest}", format!("d-{}", &hex[..12])),
    ] {
        let mut world = tagged(template);
        world.promote("r1", "dev");
        assert_eq!(world.tag("api", &tag), Some(digest("api r1")), "{template}");
    }
}

#[test]
fn the_date_is_the_commits() {
    let mut world = tagged("on-{date}");
    let id = world.ask("r1", "dev");
    world.clock = at("2026-03-02T00:00:00Z");
    assert!(world.commit(PromotionId(id), &token("ci")));
    world.tick();
    assert_eq!(world.tag("api", "on-20260302"), Some(digest("api r1")));
    assert_eq!(world.tag("api", "on-20260301"), None);
}

#[test]
fn a_placeholder_without_a_value_refuses() {
    let mut world = tagged("b{build}");
    let refusal = world
        .request(wanted("r1", "dev"), &token("ci"))
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Tag { .. }));
    assert!(refusal.to_string().contains("--build"), "{refusal}");
}

#[test]
fn written_once_on_another_digest_refuses_over_all_images_and_on_the_same_is_done() {
    let mut world = tagged("v{version}");
    let at = |key| (repository(key), is("vr1.0"));
    world.tags.insert(at("web"), digest("other"));
    let refusal = world.request(wanted("r1", "dev"), &token("ci"));
    assert!(matches!(refusal, Err(Refusal::WriteOnce { .. })));
    assert_eq!(world.tag("api", "vr1.0"), None, "nothing was done");
    world.tags.insert(at("web"), digest("web r1"));
    let id = world.promote("r1", "dev");
    assert_eq!(world.outcome(id), "succeeded");
    assert_eq!(world.tag("api", "vr1.0"), Some(digest("api r1")));
}

#[test]
fn a_tag_that_becomes_a_plain_one_of_the_pipeline_refuses() {
    let pipeline = policy(vec![env("dev").tags(&["{version}"]), env("production")]);
    let mut world = World::with(pipeline);
    let about = About {
        version: Some("production".to_owned()),
        ..About::default()
    };
    world.release_about("r1", about, &token("ci")).unwrap();
    let refusal = world.request(wanted("r1", "dev"), &token("ci"));
    assert!(matches!(refusal, Err(Refusal::Tag { .. })));
}

#[test]
fn what_expands_to_no_tag_refuses() {
    for version in ["a b", "-x", "a/b", "sha256-0", &"x".repeat(128)] {
        let mut world = World::with(policy(vec![env("dev").tags(&["{version}"])]));
        let about = About {
            version: Some(version.to_owned()),
            ..About::default()
        };
        world.release_about("r1", about, &token("ci")).unwrap();
        let refusal = world.request(wanted("r1", "dev"), &token("ci"));
        // The last is 128 characters, which a tag may have.
        let valid = version.starts_with('x');
        assert_eq!(refusal.is_err(), !valid, "{version}");
    }
    for bad in ["sha256-x", "{}", "{Release}", "a b", "", "{release"] {
        assert!(bad.parse::<TagTemplate>().is_err(), "{bad}");
    }
}

#[test]
fn a_rollback_moves_only_what_moves() {
    let mut world = tagged("v{version}");
    world.promote("r1", "dev");
    world.release("r2");
    world.promote("r2", "dev");
    world.tags.remove(&(repository("api"), is("vr1.0")));
    world.roll_back("dev", None, &token("ci")).unwrap();
    world.tick();
    assert_eq!(world.tag("api", "dev"), Some(digest("api r1")));
    assert_eq!(world.tag("api", "vr1.0"), None);
    assert_eq!(world.tag("api", "vr2.0"), Some(digest("api r2")));
}

#[test]
fn releases_are_kept_unless_the_file_says_no() {
    let mut world = tagged("v{version}");
    world.promote("r1", "dev");
    assert_eq!(world.tag("web", "keep-r1"), Some(digest("web r1")));
    let mut plain = policy(vec![env("dev")]);
    plain.keep = false;
    let mut world = World::with(plain);
    world.release("r1");
    world.promote("r1", "dev");
    assert_eq!(world.tag("api", "keep-r1"), None);
}
