//! `semantics`, "Release" and "Names".

use std::collections::BTreeMap;

use liftlock_core::release::{About, Imported};
use liftlock_core::{Command, Refusal, ReleaseName};

use crate::actors::token;
use crate::build::{env, image, images_of, imported, is, policy, with_web};
use crate::world::World;

fn world() -> World {
    World::with(with_web(policy(vec![env("dev")])))
}

fn create(world: &mut World, name: &str, images: &[(&str, &str, &str)]) -> Result<usize, Refusal> {
    let images = images
        .iter()
        .map(|(key, lives_in, content)| (is(key), image(lives_in, content)));
    let command = Command::CreateRelease {
        name: is(name),
        images: images.collect::<BTreeMap<_, _>>(),
        about: About::default(),
    };
    world.go(&command, &token("ci")).map(|events| events.len())
}

#[test]
fn the_same_again_is_nothing_and_other_digests_are_refused() {
    let mut world = world();
    let both = [("api", "api", "1"), ("web", "web", "1")];
    assert_eq!(create(&mut world, "r1", &both), Ok(1));
    assert_eq!(create(&mut world, "r1", &both), Ok(0));
    let other = create(
        &mut world,
        "r1",
        &[("api", "api", "1"), ("web", "web", "2")],
    );
    assert!(matches!(other, Err(Refusal::ReleaseExists { .. })));
    assert_eq!(
        create(&mut world, "r2", &both),
        Ok(1),
        "the same under another name"
    );
    assert_eq!(world.state.releases.len(), 2);
}

#[test]
fn one_from_another_site_is_a_release_that_says_where_it_came_from() {
    let mut world = world();
    let ci = token("ci");
    let import = |world: &mut World, name: &str, archive: &str| {
        world.import(name, archive, &ci).map(|events| events.len())
    };
    assert_eq!(import(&mut world, "r1", "one"), Ok(1));
    let there = &world.state.releases[&is::<ReleaseName>("r1")];
    assert_eq!(there.content.imported.as_deref(), Some(&imported("one")));
    // The same digests are the same release, whatever they came in, and however it was made first.
    assert_eq!(import(&mut world, "r1", "another"), Ok(0));
    world.release("r2");
    assert_eq!(import(&mut world, "r2", "one"), Ok(0));
    let other = [("api", "api", "1"), ("web", "web", "1")];
    let refusal = create(&mut world, "r1", &other);
    assert!(matches!(refusal, Err(Refusal::ReleaseExists { .. })));
    let policy = world.state.policy().unwrap();
    let images = images_of(policy, "r3");
    let with = |change: fn(&mut Imported)| {
        let mut imported = imported("one");
        change(&mut imported);
        Command::ImportRelease {
            name: is("r3"),
            images: images.clone(),
            about: About::default(),
            imported: Box::new(imported),
        }
    };
    for bad in [
        with(|imported| imported.size = 1 << 53),
        with(|imported| imported.origin = "o".repeat(256)),
        with(|imported| imported.origin.clear()),
        with(|imported| imported.root = "\u{1b}[31m".to_owned()),
        with(|imported| imported.root = "A".repeat(45)),
    ] {
        let refusal = world.go(&bad, &ci);
        assert!(matches!(refusal, Err(Refusal::Invalid { .. })), "{bad:?}");
    }
    let stranger = crate::actors::oidc("stranger");
    let refusal = world.import("r3", "one", &stranger);
    assert!(matches!(refusal, Err(Refusal::NotAllowed { .. })));
}

#[test]
fn it_pins_every_image_of_the_pipeline_and_no_other() {
    let mut world = world();
    let lacking = create(&mut world, "r1", &[("api", "api", "1")]);
    assert!(matches!(lacking, Err(Refusal::Invalid { .. })));
    let empty = create(&mut world, "r1", &[]);
    assert!(matches!(empty, Err(Refusal::Invalid { .. })));
    let more = [("api", "api", "1"), ("web", "web", "1"), ("db", "db", "1")];
    assert!(matches!(
        create(&mut world, "r1", &more),
        Err(Refusal::Unknown { .. })
    ));
    let elsewhere = [("api", "web", "1"), ("web", "web", "1")];
    let refusal = create(&mut world, "r1", &elsewhere);
    assert!(matches!(refusal, Err(Refusal::OtherRepository { .. })));
}

#[test]
fn a_release_that_lacks_an_image_the_policy_now_has_goes_nowhere() {
    let mut world = World::with(policy(vec![env("dev")]));
    world.release("r1");
    let wider = with_web(world.state.policy().unwrap().clone());
    world.adopt(wider, &crate::actors::oidc("alice")).unwrap();
    let refusal = world.request(crate::world::wanted("r1", "dev"), &token("ci"));
    assert!(matches!(refusal, Err(Refusal::OtherImages { .. })));
}

#[test]
fn what_is_said_about_it_is_bounded_and_clean() {
    let mut world = world();
    let images = images_of(world.state.policy().unwrap(), "r1");
    let long = "x".repeat(129);
    let bad = [
        About {
            version: Some(long.clone()),
            ..About::default()
        },
        About {
            build: Some("a\u{200b}b".to_owned()),
            ..About::default()
        },
        About {
            commit: Some(String::new()),
            ..About::default()
        },
        About {
            author: Some("\u{1b}[31m".to_owned()),
            ..About::default()
        },
        About {
            url: Some("file:///etc/passwd".to_owned()),
            ..About::default()
        },
        About {
            labels: (0..65).map(|n| (format!("l{n}"), "x".to_owned())).collect(),
            ..About::default()
        },
        About {
            labels: [("a".to_owned(), "x".repeat(257))].into(),
            ..About::default()
        },
    ];
    for about in bad {
        let command = Command::CreateRelease {
            name: is("r1"),
            images: images.clone(),
            about: about.clone(),
        };
        let refusal = world.go(&command, &token("ci"));
        assert!(matches!(refusal, Err(Refusal::Invalid { .. })), "{about:?}");
    }
}

#[test]
fn ids_are_said_as_a_letter_and_a_number() {
    assert_eq!(liftlock_core::PromotionId(7).to_string(), "p7");
    for bad in ["7", "p", "p-1", "p+1", "e7", "p7 ", "p1234567890123456789"] {
        assert!(bad.parse::<liftlock_core::PromotionId>().is_err(), "{bad}");
    }
}
