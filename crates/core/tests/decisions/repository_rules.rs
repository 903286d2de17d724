//! Environments with repositories of their own: copied there first, deployed and tagged there.

use liftlock_core::decide::{Wanted, image_key};
use liftlock_core::drift::{Drift, drift};
use liftlock_core::observed::Observed;
use liftlock_core::plan::{PlanRequest, Step, needs};
use liftlock_core::promotion::Kind;
use liftlock_core::{Policy, Refusal};
use liftlock_oci::PinnedRef;

use crate::actors::{oidc, token};
use crate::build::{Env, digest, env, is, policy, repository, with_web};
use crate::world::{World, wanted};

const EU: &str = "eu.example.com/shop/{image}";
const US: &str = "us.example.com/shop/{image}";
const BUILT: &str = "registry.example.com/app/{image}";

fn pinned(region: &str, content: &str) -> PinnedRef {
    let key = content.split(' ').next().unwrap();
    let place: liftlock_oci::Repository = is(&format!("{region}.example.com/shop/{key}"));
    place.pinned(digest(content))
}

/// Two images and `live`, which has two regions; r1 was created.
fn regions(shape: fn(Env) -> Env) -> World {
    let live = shape(env("live").repositories(&[EU, US]));
    let mut world = World::with(with_web(policy(vec![live])));
    world.release("r1");
    world
}

fn live_tags(world: &World) -> Vec<Option<String>> {
    let contents = ["api r1", "api r2", "web r1", "web r2", "foreign"];
    let name = |found| contents.into_iter().find(|c| digest(c) == found);
    let places = ["eu", "us"]
        .into_iter()
        .flat_map(|region| ["api", "web"].map(|key| format!("{region}.example.com/shop/{key}")));
    places
        .map(|place| Some(name(world.tag_in(&place, "live")?).unwrap().to_owned()))
        .collect()
}

fn all(release: &str) -> Vec<Option<String>> {
    let contents = ["api", "web", "api", "web"];
    contents.map(|key| Some(format!("{key} {release}"))).into()
}

#[test]
fn the_images_are_copied_and_tagged_in_every_repository_and_deployed_from_the_first() {
    let mut world = regions(Env::deploys);
    let id = world.promote("r1", "live");
    assert_eq!(world.outcome(id), "succeeded");
    assert_eq!(live_tags(&world), all("r1"));
    for place in ["eu.example.com/shop/api", "us.example.com/shop/web"] {
        assert!(world.tag_in(place, "keep-r1").is_some(), "{place}");
    }
    assert_eq!(world.tag("api", "live"), None, "where it is built");
    let plan = world.promotion(id).plan.clone().unwrap();
    assert_eq!(plan.images[&is("web")], pinned("eu", "web r1"));
    assert_eq!(
        plan.also_in[&is("web")],
        [pinned("us", "web r1").repository]
    );
    let Step::Copy { image, to, .. } = &plan.steps[0] else {
        panic!("{:?}", plan.steps[0])
    };
    assert_eq!(*image, repository("api").pinned(digest("api r1")));
    assert_eq!(to.len(), 2, "one step for all repositories");
}

#[test]
fn without_keep_tags_none_is_copied() {
    let mut plain = policy(vec![env("live").repositories(&[EU])]);
    plain.keep = false;
    let mut world = World::with(plain);
    world.release("r1");
    world.promote("r1", "live");
    assert!(world.has(&pinned("eu", "api r1")));
    assert_eq!(world.tags.len(), 1, "{:?}", world.tags);
}

#[test]
fn a_mirror_has_neither_tags_nor_a_deployment() {
    let mirror = env("mirror").tags(&[]).repositories(&[EU]);
    let mut world = World::with(policy(vec![mirror]));
    for name in ["r1", "r2"] {
        world.release(name);
        world.promote(name, "mirror");
        assert_eq!(world.current("mirror").as_deref(), Some(name));
        assert!(world.has(&pinned("eu", &format!("api {name}"))));
    }
}

#[test]
fn two_environments_may_have_the_same_tag_in_different_repositories() {
    let mut world = World::with(policy(vec![
        env("staging").tags(&["live"]),
        env("production").tags(&["live"]).repositories(&[EU]),
    ]));
    world.release("r1");
    world.promote("r1", "staging");
    world.release("r2");
    world.promote("r2", "production");
    assert_eq!(world.tag("api", "live"), Some(digest("api r1")));
    let production = world.tag_in("eu.example.com/shop/api", "live");
    assert_eq!(production, Some(digest("api r2")));
}

/// Takes every image of a release away from where it was built.
fn clean_away(world: &mut World, release: &str) {
    for key in ["api", "web"] {
        let image = repository(key).pinned(digest(&format!("{key} {release}")));
        world.gone.insert(image);
    }
}

#[test]
fn a_release_that_is_only_where_it_goes_can_still_be_promoted() {
    let mut world = regions(Env::checked);
    world.promote("r1", "live");
    world.release("r2");
    world.promote("r2", "live");
    clean_away(&mut world, "r1");
    world.copied.remove(&pinned("us", "api r1"));
    let again = Wanted {
        older: true,
        ..wanted("r1", "live")
    };
    world.request(again, &token("ci")).unwrap();
    world.tick();
    assert_eq!(world.outcome(3), "succeeded");
    assert_eq!(live_tags(&world), all("r1"));
    let plan = world.promotion(3).plan.clone().unwrap();
    let sources: Vec<_> = plan.steps.iter().take(2).collect();
    let first = pinned("eu", "api r1");
    assert!(matches!(sources[0], Step::Keep { image, .. } if *image == first));
    assert!(matches!(sources[1], Step::Copy { image, .. } if *image == first));
    assert!(
        plan.notices
            .iter()
            .any(|n| n.contains("eu.example.com/shop/api has it"))
    );
}

#[test]
fn an_image_that_is_nowhere_is_refused_with_every_place() {
    let mut world = regions(Env::checked);
    clean_away(&mut world, "r1");
    let refusal = world
        .request(wanted("r1", "live"), &token("ci"))
        .unwrap_err();
    let text = refusal.to_string();
    assert!(matches!(refusal, Refusal::ImageGone { .. }), "{text}");
    for place in [
        "registry.example.com/app/api",
        "eu.example.com/shop/api",
        "us.example.com",
    ] {
        assert!(text.contains(place), "{text}");
    }
}

#[test]
fn a_rollback_looks_where_an_image_was_built_only_if_it_is_missing_somewhere() {
    let mut world = regions(Env::checked);
    world.promote("r1", "live");
    let (release, environment) = (is("r1"), is("live"));
    let request = PlanRequest {
        release: &release,
        environment: &environment,
        kind: Kind::Rollback {
            from: None,
            cause: None,
            reason: "slow".to_owned(),
        },
        older: true,
        promotion: None,
        requester: &token("ci"),
    };
    let needs = needs(&world.state, &request, world.clock).unwrap();
    let there = needs.images.iter().map(|image| (image.clone(), true));
    let mut observed = Observed {
        present: there.collect(),
        ..Observed::default()
    };
    assert_eq!((needs.images.len(), needs.sources.len()), (4, 2));
    let needed = |observed: &Observed| {
        let sources = needs.sources.iter();
        sources.filter(|source| source.is_needed(observed)).count()
    };
    assert_eq!(needed(&observed), 0);
    observed.present.insert(pinned("us", "web r1"), false);
    assert_eq!(needed(&observed), 1);
}

#[test]
fn a_rollback_needs_no_image_where_it_was_built_and_copies_what_is_missing() {
    let back = |clean: fn(&mut World)| {
        let mut world = regions(Env::deploys);
        world.promote("r1", "live");
        world.release("r2");
        world.promote("r2", "live");
        clean(&mut world);
        world.roll_back("live", None, &oidc("bob"))?;
        world.tick();
        assert_eq!(world.outcome(3), "succeeded");
        assert_eq!(live_tags(&world), all("r1"));
        for image in ["api r1", "web r1"] {
            assert!(world.has(&pinned("eu", image)) && world.has(&pinned("us", image)));
        }
        Ok::<(), Refusal>(())
    };
    back(|_| {}).unwrap();
    back(|world| clean_away(world, "r1")).unwrap();
    back(|world| {
        clean_away(world, "r1");
        world.copied.remove(&pinned("us", "web r1"));
    })
    .unwrap();
    back(|world| world.copied.clear()).unwrap();
    let refused = back(|world| {
        clean_away(world, "r1");
        world.copied.clear();
    });
    assert!(matches!(refused, Err(Refusal::ImageGone { .. })));
}

/// r1 is live, and something goes wrong at a step of r2's promotion.
fn failing_at(step: u32, shape: fn(Env) -> Env) -> World {
    let mut world = regions(shape);
    world.promote("r1", "live");
    world.release("r2");
    world.faults.races = true;
    world.faults.listed.insert(crate::faults::Place {
        promotion: liftlock_core::PromotionId(2),
        reverting: false,
        step,
    });
    world
}

#[test]
fn a_check_that_fails_puts_the_tags_of_all_repositories_back() {
    // Two copies, four tags, and the check.
    let mut world = failing_at(6, Env::checked);
    let id = world.promote("r2", "live");
    assert_eq!(world.outcome(id), "rolled back");
    assert_eq!(live_tags(&world), all("r1"));
    assert_eq!(world.current("live").as_deref(), Some("r1"));
}

#[test]
fn a_race_for_a_tag_of_the_last_repository_puts_the_others_back() {
    let mut world = failing_at(5, Env::checked);
    let id = world.promote("r2", "live");
    assert_eq!(world.outcome(id), "rolled back");
    let mut expected = all("r1");
    expected[3] = Some("foreign".to_owned());
    assert_eq!(live_tags(&world), expected);
}

#[test]
fn a_copy_that_fails_leaves_the_environment_as_it_was_and_can_be_asked_for_again() {
    let mut world = failing_at(1, Env::deploys);
    let id = world.promote("r2", "live");
    assert_eq!(world.outcome(id), "failed");
    assert_eq!(live_tags(&world), all("r1"));
    assert_eq!(world.current("live").as_deref(), Some("r1"));
    assert!(world.state.environment(&is("live")).withdrawn.is_empty());
    let id = world.promote("r2", "live");
    assert_eq!(world.outcome(id), "succeeded");
    assert_eq!(live_tags(&world), all("r2"));
}

#[test]
fn an_automatic_rollback_goes_where_the_failed_promotion_went() {
    // Two copies, the deployment, and what runs.
    let mut world = failing_at(3, Env::deploys);
    clean_away(&mut world, "r1");
    let id = world.ask("r2", "live");
    let place = crate::faults::Place {
        promotion: liftlock_core::PromotionId(id),
        reverting: false,
        step: 3,
    };
    world
        .faults
        .crashes
        .insert((place, crate::faults::Moment::Before));
    assert!(world.tick_until_death().is_err());
    world.crash();
    // Meanwhile the environment has lost a region; what is under way still has both.
    let other = env("live").repositories(&[EU]).deploys();
    world
        .adopt(with_web(policy(vec![other])), &oidc("alice"))
        .unwrap();
    world.copied.remove(&pinned("us", "web r1"));
    world.audited = false;
    world.tick();
    assert_eq!(world.outcome(id), "rolled back");
    assert!(world.has(&pinned("us", "web r1")), "from the other region");
    let plan = world.promotion(id + 1).plan.clone().unwrap();
    assert_eq!(plan.places().values().map(Vec::len).sum::<usize>(), 4);
    let copies = plan.steps.iter();
    let copies = copies.filter(|step| {
        matches!(
            step,
            Step::Copy {
                where_missing: true,
                ..
            }
        )
    });
    assert_eq!(copies.count(), 2);
}

#[test]
fn a_region_that_is_added_is_a_new_place_and_no_one_s_fault() {
    let mut world = World::with(policy(vec![env("live").repositories(&[EU])]));
    world.release("r1");
    world.promote("r1", "live");
    world
        .adopt(
            policy(vec![env("live").repositories(&[EU, US])]),
            &oidc("alice"),
        )
        .unwrap();
    let look = |world: &World| {
        let policy: &Policy = world.state.policy().unwrap();
        let observed = world.observe("r1", "live", Kind::Promote);
        let found = drift(
            &world.state,
            policy.require(&is("live")).unwrap(),
            &observed,
        );
        found.iter().map(Drift::to_string).collect::<Vec<_>>()
    };
    let found = look(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("us.example.com/shop/api:live is a new place"));
    world.meddle(&is("eu.example.com/shop/api"), &is("live"));
    assert!(look(&world)[0].starts_with("eu.example.com/shop/api:live points at"));
    let again = Wanted {
        again: true,
        ..wanted("r1", "live")
    };
    world.request(again, &token("ci")).unwrap();
    world.tick();
    assert_eq!(look(&world), Vec::<String>::new());
    let notices = &world.promotion(2).plan.as_ref().unwrap().notices;
    assert_eq!(notices.len(), 1, "{notices:?}");
}

#[test]
fn a_release_is_not_made_of_what_an_environment_has() {
    let policy = with_web(policy(vec![env("live").repositories(&[EU])]));
    let refusal = image_key(&policy, &is("eu.example.com/shop/web")).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "eu.example.com/shop/web is a repository of the environment live; a release is made of web in registry.example.com/app/web"
    );
    let other = image_key(&policy, &is("eu.example.com/shop/jobs"));
    assert!(matches!(other, Err(Refusal::OtherRepository { .. })));
}

#[test]
fn what_makes_repositories_invalid() {
    let found = |environments: Vec<Env>| {
        let problems = with_web(policy(environments)).problems();
        let messages = problems.into_iter().map(|problem| problem.message);
        messages.collect::<Vec<_>>()
    };
    let live = || env("live");
    let check = |repositories: &[&str], expected: &[&str]| {
        assert_eq!(found(vec![live().repositories(repositories)]), expected);
    };
    check(&[EU, US, BUILT], &[]);
    check(
        &["eu.example.com/shop"],
        &[
            "eu.example.com/shop would be the repository of 2 images; write {image} in it, such as eu.example.com/shop/{image}",
        ],
    );
    check(
        &["team/{image}", "docker.io/team/{image}"],
        &[
            "docker.io/team/api is in the list already",
            "docker.io/team/web is in the list already",
        ],
    );
    let many: Vec<String> = (0..65)
        .map(|n| format!("r{n}.example.com/{{image}}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(&many[..50], &[]);
    check(&many, &["65 repositories; the limit is 64"]);
    check(
        &many[..51],
        &["51 repositories, 2 images and 1 tag make 102 tags to write; the limit is 100"],
    );
    assert_eq!(
        found(vec![
            live().repositories(&[EU]),
            env("next").tags(&["live"]).repositories(&[US, EU]),
        ]),
        [
            "the tag live in eu.example.com/shop/api belongs to live already; a tag is one environment's"
        ]
    );
    for shared in [[Some(BUILT), None], [None, Some(BUILT)]] {
        let [one, two] = shared.map(|places| places.as_slice().to_vec());
        assert_eq!(
            found(vec![
                live().repositories(&one),
                env("next").tags(&["live"]).repositories(&two),
            ]),
            [
                "the tag live in registry.example.com/app/api belongs to live already; a tag is one environment's"
            ]
        );
    }
}

#[test]
fn the_largest_plan_is_an_entry_of_the_ledger() {
    let name = "a".repeat(64);
    let places: Vec<String> = (10..60)
        .map(|n| format!("mirror-{n}.registry.example.com/a-team/{name}/{{image}}"))
        .collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let live = env("production").repositories(&places).deploys();
    let mut world = World::with(with_web(policy(vec![live])));
    for name in ["r1", "r2"] {
        world.release(name);
        world.promote(name, "production");
    }
    let sizes = world.entries.iter();
    let sizes = sizes.map(|entry| serde_json::to_string(entry).unwrap().len());
    let largest = sizes.max().unwrap();
    assert!((40_000..65_536).contains(&largest), "{largest}");
}

#[test]
fn a_repository_has_one_image() {
    let mut crossed = with_web(policy(vec![env("live").repositories(&[EU])]));
    crossed
        .images
        .insert(is("api"), is("eu.example.com/shop/web"));
    let problems = crossed.problems();
    let messages: Vec<_> = problems.iter().map(|problem| &problem.message).collect();
    assert_eq!(
        messages,
        ["eu.example.com/shop/web, for the image web, is the repository of api already"]
    );
    let mut dashed = policy(vec![env("live").repositories(&[EU])]);
    dashed
        .images
        .insert(is("api-"), is("registry.example.com/dashed"));
    let problems = dashed.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.starts_with("for the image api-: "));
}
