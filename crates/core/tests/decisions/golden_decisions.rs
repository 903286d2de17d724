//! The story of the golden stream of persons' decisions: reviews, overrides, holds, incidents.

use liftlock_core::policy::{ApprovalRule, GateRule, Verb};
use liftlock_core::{Command, OverrideId};

use crate::actors::{oidc, token};
use crate::build::{approval_rule, env, is, policy, soak, span, tests, who};
use crate::world::World;

/// Dev takes what passed its tests by itself, and is held; production asks for a review of the
/// tests, a shared approval and a soak, which is overridden; an incident is opened and resolved.
pub(crate) fn decisions() -> World {
    let review = GateRule::Approval(ApprovalRule {
        of: Some(is("tests")),
        ..approval_rule(&["leads"], 1)
    });
    let shared = GateRule::Approval(ApprovalRule {
        shared: true,
        ..approval_rule(&["leads"], 1)
    });
    let dev = env("dev").checked().gate("tests", tests()).auto();
    let production = env("production")
        .after("dev")
        .gate("review", review)
        .gate("also", shared)
        .gate("soak", soak("1h"))
        .overridden_by(&["leads"], "24h");
    let mut pipeline = policy(vec![dev, production]);
    let promote = who(&["token:ci", "leads", "owners"]);
    pipeline.allow.insert(Verb::Promote, promote);
    let mut world = World::with(pipeline);
    world.release("r1");
    world.evidence("r1", "tests", true);
    world.takes("dev");
    world.ask("r1", "production");
    world.approve("r1", "production", &oidc("bob")).unwrap();
    world.evidence("r1", "tests", true);
    world.approve("r1", "production", &oidc("bob")).unwrap();
    let place = ("r1", "production");
    let lasts = Some(span("2h"));
    world
        .override_of(place, "soak", lasts, &oidc("alice"))
        .unwrap();
    world.confirms(1, &oidc("bob")).unwrap();
    world.tick();
    world.reviews(OverrideId(1).0, &oidc("bob")).unwrap();
    let (environment, reason) = (is("production"), "orders fail".to_owned());
    let open = Command::OpenIncident {
        environment,
        reason,
    };
    world.go(&open, &oidc("alice")).unwrap();
    let environment = is("production");
    let resolve = Command::ResolveIncident { environment };
    world.go(&resolve, &oidc("alice")).unwrap();
    let (environment, reason) = (is("dev"), "the fair is on".to_owned());
    let hold = Command::Hold {
        environment,
        reason,
    };
    world.go(&hold, &oidc("alice")).unwrap();
    world.release("r2");
    world.evidence("r2", "tests", true);
    let environment = is("dev");
    let resume = Command::Resume { environment };
    world.go(&resume, &oidc("alice")).unwrap();
    world.takes("dev");
    world.roll_back("dev", None, &oidc("alice")).unwrap();
    world.tick();
    assert_eq!(world.promotion(1).requested_by, token("ci"));
    world
}
