//! For a release of several images: all tags of an environment move, or none does.

use liftlock_core::PromotionId;

use crate::audit;
use crate::build::{digest, env, policy, with_web};
use crate::faults::{Faults, Place};
use crate::world::World;

fn world(fails_at: u32) -> World {
    let mut world = World::with(with_web(policy(vec![env("dev").checked()])));
    for name in ["r1", "r2"] {
        world.release(name);
    }
    world.promote("r1", "dev");
    let mut faults = Faults {
        races: true,
        ..Faults::default()
    };
    faults.listed.insert(Place {
        promotion: PromotionId(2),
        reverting: false,
        step: fails_at,
    });
    world.faults = faults;
    world
}

#[test]
fn a_check_that_fails_puts_both_tags_back() {
    // Two images are kept, two tags moved, and the check is the fifth step.
    let mut world = world(4);
    let id = world.promote("r2", "dev");
    assert_eq!(world.outcome(id), "rolled back");
    assert_eq!(world.tag("api", "dev"), Some(digest("api r1")));
    assert_eq!(world.tag("web", "dev"), Some(digest("web r1")));
    assert_eq!(world.current("dev").as_deref(), Some("r1"));
}

#[test]
fn a_race_for_the_second_tag_puts_the_first_back_and_leaves_what_others_wrote() {
    let mut world = world(3);
    let id = world.promote("r2", "dev");
    assert_eq!(world.outcome(id), "rolled back");
    assert_eq!(world.tag("api", "dev"), Some(digest("api r1")));
    assert_eq!(world.tag("web", "dev"), Some(digest("foreign")));
    audit::quiet(&world);
}

#[test]
fn the_first_release_of_all_leaves_no_tag_when_it_fails() {
    let mut world = World::with(with_web(policy(vec![env("dev").checked()])));
    world.release("r1");
    world.faults.listed.insert(Place {
        promotion: PromotionId(1),
        reverting: false,
        step: 4,
    });
    let id = world.promote("r1", "dev");
    assert_eq!(world.outcome(id), "nothing to return to");
    assert_eq!(
        (world.tag("api", "dev"), world.tag("web", "dev")),
        (None, None)
    );
    assert_eq!(world.current("dev"), None);
    let incident = &world.state.environment(&crate::build::is("dev")).incident;
    assert!(incident.is_some());
}
