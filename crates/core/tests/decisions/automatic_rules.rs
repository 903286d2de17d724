//! `semantics`: what environments take by themselves, holds, and incidents that people open.

use liftlock_core::decide::{automatic_candidate, automatic_next_look};
use liftlock_core::freeze::Scope;
use liftlock_core::policy::{GateRule, Verb};
use liftlock_core::promotion::Kind;
use liftlock_core::release::About;
use liftlock_core::verdict::Answer;
use liftlock_core::{Actor, Command, Event, Policy, PromotionId, Refusal};

use crate::actors::{oidc, token};
use crate::build::{approval, at, env, is, policy, soak, span, tests, window};
use crate::faults::Place;
use crate::world::World;

/// Dev takes what has passed its tests.
fn automatic() -> Policy {
    policy(vec![env("dev").gate("tests", tests()).auto()])
}

fn candidate(world: &World, environment: &str) -> Option<String> {
    let now = world.state.stamp(world.clock).unwrap();
    let found = automatic_candidate(&world.state, &is(environment), now);
    found.map(|release| release.content.name.to_string())
}

impl World {
    /// Asks for what an environment takes by itself, and carries out what passes.
    pub(crate) fn takes(&mut self, environment: &str) -> Option<String> {
        let found = candidate(self, environment)?;
        let observed = self.observe(&found, environment, Kind::Promote);
        let command = Command::Automatic {
            environment: is(environment),
            release: is(&found),
            observed,
        };
        // Refused where its image is gone, say.
        self.go(&command, &self.ticked_by.clone()).ok()?;
        self.tick();
        Some(found)
    }

    fn releases(&mut self, names: &[&str]) {
        names.iter().for_each(|name| self.release(name));
    }
}

#[test]
fn the_newest_that_may_enter_is_taken() {
    let mut world = World::with(automatic());
    world.releases(&["r1", "r2", "r3"]);
    assert_eq!(candidate(&world, "dev"), None);
    world.evidence("r1", "tests", true);
    world.evidence("r2", "tests", true);
    world.evidence("r3", "tests", false);
    assert_eq!(world.takes("dev").as_deref(), Some("r2"));
    assert_eq!(world.current("dev").as_deref(), Some("r2"));
    // r1 passes too, and is older.
    assert_eq!(candidate(&world, "dev"), None);
    world.evidence("r3", "tests", true);
    assert_eq!(world.takes("dev").as_deref(), Some("r3"));
}

#[test]
fn nothing_is_taken_where_the_file_does_not_say_so() {
    let mut world = World::with(policy(vec![env("dev")]));
    world.release("r1");
    assert_eq!(candidate(&world, "dev"), None);
}

#[test]
fn a_held_environment_takes_nothing_until_it_is_resumed() {
    let mut world = World::with(automatic());
    world.release("r1");
    world.evidence("r1", "tests", true);
    let hold = Command::Hold {
        environment: is("dev"),
        reason: "the fair is on".to_owned(),
    };
    assert_eq!(world.go(&hold, &oidc("alice")).unwrap().len(), 1);
    assert_eq!(world.go(&hold, &oidc("alice")).unwrap(), []);
    assert_eq!(candidate(&world, "dev"), None);
    // Someone who asks is not held.
    world.promote("r1", "dev");
    assert_eq!(world.current("dev").as_deref(), Some("r1"));
    world.release("r2");
    world.evidence("r2", "tests", true);
    assert_eq!(candidate(&world, "dev"), None);
    let resume = Command::Resume {
        environment: is("dev"),
    };
    world.go(&resume, &oidc("alice")).unwrap();
    assert_eq!(candidate(&world, "dev").as_deref(), Some("r2"));
}

#[test]
fn a_hold_between_the_look_and_the_decision_counts() {
    let mut world = World::with(automatic());
    world.release("r1");
    world.evidence("r1", "tests", true);
    let observed = world.observe("r1", "dev", Kind::Promote);
    let hold = Command::Hold {
        environment: is("dev"),
        reason: "the fair is on".to_owned(),
    };
    world.go(&hold, &oidc("alice")).unwrap();
    let command = Command::Automatic {
        environment: is("dev"),
        release: is("r1"),
        observed,
    };
    assert_eq!(world.go(&command, &token("ci")).unwrap(), []);
}

#[test]
fn what_waits_when_it_is_held_waits_on() {
    let gated = env("production").gate("lead", approval(&["leads"], 1));
    let mut world = World::with(policy(vec![gated.auto()]));
    world.release("r1");
    assert_eq!(world.takes("production").as_deref(), Some("r1"));
    let hold = Command::Hold {
        environment: is("production"),
        reason: "the fair is on".to_owned(),
    };
    world.go(&hold, &oidc("alice")).unwrap();
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "waiting");
    let (answer, reason) = world.verdict("r1", "production", "hold");
    assert_eq!(answer, Answer::Waiting);
    assert!(reason.contains("held since"), "{reason}");
    let resume = Command::Resume {
        environment: is("production"),
    };
    world.go(&resume, &oidc("alice")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
}

#[test]
fn a_rollback_by_hand_holds_only_what_is_automatic() {
    for automatic in [true, false] {
        let dev = env("dev").deploys();
        let dev = if automatic { dev.auto() } else { dev };
        let mut world = World::with(policy(vec![dev]));
        world.releases(&["r1"]);
        world.promote("r1", "dev");
        world.release("r2");
        world.promote("r2", "dev");
        world.roll_back("dev", None, &oidc("alice")).unwrap();
        world.tick();
        let hold = &world.state.environment(&is("dev")).hold;
        assert_eq!(hold.is_some(), automatic);
        assert_eq!(world.current("dev").as_deref(), Some("r1"));
        if automatic {
            world.release("r3");
            assert_eq!(candidate(&world, "dev"), None);
            let resume = Command::Resume {
                environment: is("dev"),
            };
            world.go(&resume, &oidc("alice")).unwrap();
            assert_eq!(candidate(&world, "dev").as_deref(), Some("r3"));
        }
    }
}

#[test]
fn what_failed_is_not_tried_again_by_itself() {
    let mut world = World::with(policy(vec![env("dev").checked().auto()]));
    world.release("r1");
    world.faults.listed.insert(Place {
        promotion: PromotionId(1),
        reverting: false,
        step: 2,
    });
    assert_eq!(world.takes("dev").as_deref(), Some("r1"));
    assert_eq!(world.outcome(1), "nothing to return to");
    assert_eq!(candidate(&world, "dev"), None);
}

#[test]
fn a_person_is_still_asked_and_the_creator_is_the_requester() {
    let gated = env("production").gate("lead", approval(&["leads"], 1));
    let mut world = World::with(policy(vec![gated.auto()]));
    let by = oidc("alice");
    world.release_about("r1", About::default(), &by).unwrap();
    assert_eq!(world.takes("production").as_deref(), Some("r1"));
    assert_eq!(world.outcome(1), "waiting");
    assert_eq!(world.promotion(1).requested_by, by);
    let own = world.approve("r1", "production", &by).unwrap_err();
    assert!(own.to_string().contains("asked for"), "{own}");
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
}

#[test]
fn who_may_not_promote_asks_for_nothing_automatically() {
    let mut world = World::with(automatic());
    world.release("r1");
    world.evidence("r1", "tests", true);
    let observed = world.observe("r1", "dev", Kind::Promote);
    let command = Command::Automatic {
        environment: is("dev"),
        release: is("r1"),
        observed,
    };
    let refused = world.go(&command, &oidc("mallory")).unwrap_err();
    assert!(matches!(refused, Refusal::NotAllowed { .. }), "{refused}");
}

#[test]
fn holds_and_incidents_need_their_verbs() {
    let commands = |reason: &str| {
        let (environment, reason) = (is("dev"), reason.to_owned());
        [
            Command::Hold {
                environment: is("dev"),
                reason: reason.clone(),
            },
            Command::Resume {
                environment: is("dev"),
            },
            Command::OpenIncident {
                environment: is("dev"),
                reason,
            },
            Command::ResolveIncident { environment },
        ]
    };
    let allowed = |listed: bool, actor: &Actor| {
        let mut pipeline = automatic();
        if listed {
            pipeline
                .allow
                .insert(Verb::Hold, crate::build::who(&["qa"]));
            pipeline
                .allow
                .insert(Verb::Incident, crate::build::who(&["qa"]));
        }
        let mut world = World::with(pipeline);
        commands("why").map(|command| world.go(&command, actor).is_ok())
    };
    assert_eq!(allowed(false, &oidc("alice")), [true; 4], "an owner");
    assert_eq!(allowed(false, &oidc("carol")), [false; 4]);
    assert_eq!(allowed(true, &oidc("carol")), [true; 4], "listed");
    assert_eq!(allowed(true, &oidc("alice")), [false; 4], "not listed");
    let mut world = World::with(automatic());
    for command in [0, 2] {
        let empty = world.go(&commands(" ")[command], &oidc("alice"));
        assert!(matches!(empty, Err(Refusal::Invalid { .. })));
    }
}

#[test]
fn an_incident_takes_verified_and_soak_away() {
    let mut world = World::with(policy(vec![
        env("staging").checked(),
        env("production").after("staging").gate("soak", soak("1h")),
    ]));
    world.release("r1");
    world.promote("r1", "staging");
    world.pass(span("1h"));
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Passed);
    let open = Command::OpenIncident {
        environment: is("staging"),
        reason: "orders fail".to_owned(),
    };
    assert_eq!(world.go(&open, &oidc("alice")).unwrap().len(), 1);
    assert_eq!(
        world.go(&open, &oidc("alice")).unwrap(),
        [],
        "one at a time"
    );
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Waiting);
    let after = world.verdict("r1", "production", "after:staging");
    assert_eq!(after.0, Answer::Blocked, "{}", after.1);
    let resolve = Command::ResolveIncident {
        environment: is("staging"),
    };
    let events = world.go(&resolve, &oidc("alice")).unwrap();
    assert!(matches!(events[..], [Event::IncidentResolved { .. }]));
    world.pass(span("1h"));
    // It has to pass its checks once more, and soaks from then on.
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Waiting);
    let wanted = liftlock_core::decide::Wanted {
        again: true,
        ..crate::world::wanted("r1", "staging")
    };
    world.request(wanted, &token("ci")).unwrap();
    world.tick();
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Passed
    );
    world.pass(span("1h"));
    assert_eq!(world.answer("r1", "production", "soak"), Answer::Passed);
}

#[test]
fn what_time_alone_opens_is_looked_at_again_then() {
    let hours = GateRule::Window(window("mon-thu 09:00-16:00 UTC"));
    let dev = env("dev").gate("hours", hours).auto();
    let mut world = World::with(policy(vec![dev, env("other")]));
    let next = |world: &World, environment: &str| {
        automatic_next_look(&world.state, &is(environment), world.clock)
    };
    assert_eq!(next(&world, "dev"), None, "there is no release");
    world.releases(&["r1"]);
    // It is Sunday.
    let monday = at("2026-03-02T09:00:00Z");
    assert_eq!(candidate(&world, "dev"), None);
    assert_eq!(next(&world, "dev"), Some(monday));
    assert_eq!(next(&world, "other"), None);
    world
        .freeze(
            Scope::All,
            "2026-03-02T12:00:00Z",
            "inventory",
            &oidc("alice"),
        )
        .unwrap();
    assert_eq!(next(&world, "dev"), Some(monday), "the first that changes");
    world.clock = monday;
    let noon = at("2026-03-02T12:00:00Z");
    assert_eq!(
        (candidate(&world, "dev"), next(&world, "dev")),
        (None, Some(noon))
    );
    world.clock = noon;
    assert_eq!(world.takes("dev").as_deref(), Some("r1"));
    assert_eq!(next(&world, "dev"), None);
}
