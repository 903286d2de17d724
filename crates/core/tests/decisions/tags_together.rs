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

#[test]
fn tags_go_back_last_first_and_only_those_that_moved() {
    let reversal = |again: bool| {
        let mut world = world(4);
        let wanted = liftlock_core::decide::Wanted {
            again,
            ..crate::world::wanted(if again { "r1" } else { "r2" }, "dev")
        };
        world.request(wanted, &crate::actors::token("ci")).unwrap();
        world.tick();
        let events = world.entries.iter().map(|entry| entry.event.clone());
        let mut steps = events.filter_map(|event| match event {
            liftlock_core::Event::ReversalStarted { steps, .. } => Some(steps),
            _ => None,
        });
        let steps = steps.next().unwrap_or_default();
        steps.iter().map(|step| step.title()).collect::<Vec<_>>()
    };
    let put_back = reversal(false);
    assert_eq!(put_back.len(), 2);
    assert!(put_back[0].contains("app/web:dev"), "{put_back:?}");
    assert!(put_back[1].contains("app/api:dev"), "{put_back:?}");
    // Promoted again, its tags were where they should be all along.
    assert_eq!(reversal(true), Vec::<String>::new());
}

#[test]
fn a_tag_that_cannot_be_put_back_keeps_no_other_from_it() {
    let mut world = world(4);
    world.faults.listed.insert(Place {
        promotion: PromotionId(2),
        reverting: true,
        step: 0,
    });
    let id = world.promote("r2", "dev");
    let events = world.entries.iter().map(|entry| &entry.event);
    let reversal = events
        .skip_while(|event| !matches!(event, liftlock_core::Event::ReversalStarted { .. }))
        .filter_map(|event| match event {
            liftlock_core::Event::StepFinished { step, .. } => Some((*step, true)),
            liftlock_core::Event::StepFailed { step, .. } => Some((*step, false)),
            _ => None,
        });
    let reversal: Vec<_> = reversal.collect();
    assert_eq!(reversal, [(0, false), (1, true), (0, false), (0, true)]);
    assert_eq!(world.outcome(id), "rolled back");
    audit::quiet(&world);
}
