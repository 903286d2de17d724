//! `semantics`, "Override".

use liftlock_core::decide::NewOverride;
use liftlock_core::promotion::Kind;
use liftlock_core::verdict::Answer;
use liftlock_core::{Actor, Command, Event, OverrideId, Policy, PromotionId, Refusal, Span};

use crate::actors::{oidc, token, user};
use crate::build::{approval, claimed, env, is, policy, soak, span, tests, who};
use crate::world::{World, wanted};

/// Dev asks for tests, which the leads may override for at most a day.
fn gated() -> Policy {
    policy(vec![
        env("dev")
            .gate("tests", tests())
            .overridden_by(&["leads"], "24h"),
    ])
}

fn world(policy: Policy) -> World {
    let mut world = World::with(policy);
    world.release("r1");
    world
}

impl World {
    fn override_for(
        &mut self,
        environment: &str,
        gate: &str,
        lasts: Option<Span>,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        self.override_of(("r1", environment), gate, lasts, actor)
    }

    pub(crate) fn override_of(
        &mut self,
        (release, environment): (&str, &str),
        gate: &str,
        lasts: Option<Span>,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let observed = self.observe(release, environment, Kind::Promote);
        let new = NewOverride {
            wanted: wanted(release, environment),
            gate: is(gate),
            lasts,
            reason: "the test runner is down".to_owned(),
        };
        self.go(&Command::RequestOverride { new, observed }, actor)
    }

    fn asks(&mut self, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        self.override_for("dev", "tests", None, actor)
    }

    pub(crate) fn confirms(&mut self, id: u64, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        let id = OverrideId(id);
        self.go(&Command::ConfirmOverride { id }, actor)
    }

    pub(crate) fn reviews(&mut self, id: u64, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        let (id, finding) = (OverrideId(id), "it was right".to_owned());
        self.go(&Command::ReviewOverride { id, finding }, actor)
    }
}

/// Who asked is none of those who promote: the leads may promote here.
fn leads_promote(mut policy: Policy) -> Policy {
    policy.allow.insert(
        liftlock_core::policy::Verb::Promote,
        who(&["token:ci", "leads", "owners"]),
    );
    policy
}

#[test]
fn one_asks_another_confirms_and_the_gate_passes() {
    let mut world = world(leads_promote(gated()));
    world.evidence("r1", "tests", false);
    let refused = world.request(wanted("r1", "dev"), &token("ci"));
    assert!(matches!(refused, Err(Refusal::Blocked { .. })));
    // Blocked or not: the promotion is opened for it.
    world.asks(&oidc("alice")).unwrap();
    assert_eq!(world.outcome(1), "waiting");
    let (answer, reason) = world.verdict("r1", "dev", "tests");
    assert_eq!(answer, Answer::Blocked);
    assert!(reason.contains("waits until another"), "{reason}");
    world.tick();
    assert_eq!(world.outcome(1), "waiting");
    let own = world.confirms(1, &oidc("alice")).unwrap_err();
    assert!(own.to_string().contains("another of"), "{own}");
    world.confirms(1, &oidc("bob")).unwrap();
    let (answer, reason) = world.verdict("r1", "dev", "tests");
    assert_eq!(answer, Answer::Passed);
    assert!(
        reason.contains("overridden by alice, confirmed by bob"),
        "{reason}"
    );
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
    let plan = world.promotion(1).plan.as_ref().unwrap();
    assert_eq!(plan.verdicts[0].overridden, Some(OverrideId(1)));
}

#[test]
fn one_person_is_one_person_with_however_many_identities() {
    let mut world = world(leads_promote(claimed(gated())));
    world.asks(&oidc("alice")).unwrap();
    assert!(world.confirms(1, &user("alice")).is_err());
    world.confirms(1, &user("bob")).unwrap();
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
}

#[test]
fn only_the_group_may_and_never_a_token() {
    let mut pipeline = leads_promote(gated());
    let rule = pipeline.environments[0].overrides.as_mut().unwrap();
    rule.by = who(&["leads", "token:ci"]);
    let mut world = world(pipeline);
    for other in [oidc("carol"), token("ci"), user("alice")] {
        let refused = world.asks(&other).unwrap_err();
        assert!(
            matches!(refused, Refusal::NotAllowed { .. }),
            "{other}: {refused}"
        );
    }
    world.asks(&oidc("alice")).unwrap();
    for other in [oidc("carol"), token("ci"), user("bob")] {
        let refused = world.confirms(1, &other).unwrap_err();
        assert!(
            matches!(refused, Refusal::NotAllowed { .. }),
            "{other}: {refused}"
        );
    }
}

#[test]
fn nobody_may_where_the_file_does_not_say_so() {
    let mut pipeline = leads_promote(gated());
    pipeline.environments[0].overrides = None;
    let mut world = world(pipeline);
    let refused = world.asks(&oidc("alice")).unwrap_err();
    assert!(matches!(refused, Refusal::NoOverride { .. }), "{refused}");
}

#[test]
fn it_ends_after_what_was_asked_for_and_at_most_what_the_file_says() {
    let mut world = world(leads_promote(gated()));
    let long = world.override_for("dev", "tests", Some(span("25h")), &oidc("alice"));
    assert!(matches!(long, Err(Refusal::Invalid { .. })));
    world.ask("r1", "dev");
    world
        .override_for("dev", "tests", Some(span("1h")), &oidc("alice"))
        .unwrap();
    let twice = world.asks(&oidc("bob")).unwrap_err();
    assert!(twice.to_string().contains("override confirm o1"), "{twice}");
    world.pass(span("3h"));
    world.confirms(1, &oidc("bob")).unwrap();
    world.pass(Span::from_us(span("1h").us() - 1));
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
    world.pass(Span::from_us(1));
    let (answer, reason) = world.verdict("r1", "dev", "tests");
    assert_eq!(answer, Answer::Waiting);
    assert!(reason.contains("o1 has expired"), "{reason}");
    world.asks(&oidc("bob")).unwrap();
    world.confirms(2, &oidc("alice")).unwrap();
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
}

#[test]
fn another_policy_voids_it() {
    let mut world = world(leads_promote(gated()));
    world.asks(&oidc("alice")).unwrap();
    let mut changed = world.state.policy().unwrap().clone();
    changed.environments[0].expires = span("8d");
    world.adopt(changed, &oidc("alice")).unwrap();
    let void = world.confirms(1, &oidc("bob")).unwrap_err();
    assert!(void.to_string().contains("another policy"), "{void}");
    world.asks(&oidc("alice")).unwrap();
    world.confirms(2, &oidc("bob")).unwrap();
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
    let mut changed = world.state.policy().unwrap().clone();
    changed.environments[0].expires = span("9d");
    world.adopt(changed, &oidc("alice")).unwrap();
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Waiting);
}

#[test]
fn it_is_for_one_gate_of_one_promotion() {
    let both = env("dev")
        .gate("tests", tests())
        .gate("lead", approval(&["leads"], 1))
        .overridden_by(&["leads"], "24h");
    let mut world = world(leads_promote(policy(vec![both])));
    world.asks(&oidc("alice")).unwrap();
    world.confirms(1, &oidc("bob")).unwrap();
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
    assert_eq!(world.answer("r1", "dev", "lead"), Answer::Waiting);
    let cancel = Command::Cancel {
        release: is("r1"),
        environment: is("dev"),
        reason: "later".to_owned(),
    };
    world.go(&cancel, &oidc("alice")).unwrap();
    world.ask("r1", "dev");
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Waiting);
}

#[test]
fn nothing_stands_over_what_comes_before() {
    let mut world = world(leads_promote(policy(vec![
        env("staging").checked(),
        env("production")
            .after("staging")
            .gate("soak", soak("1h"))
            .overridden_by(&["leads"], "24h"),
    ])));
    for gate in ["after.staging", "environment", "known-good", "gates"] {
        let refused = world.override_for("production", gate, None, &oidc("alice"));
        assert!(
            matches!(refused, Err(Refusal::Unknown { .. })),
            "{gate}: {refused:?}"
        );
    }
    // Its soak may be passed, but not that it was never in staging.
    world
        .override_for("production", "soak", None, &oidc("alice"))
        .unwrap();
    world.confirms(1, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "waiting");
    assert_eq!(
        world.answer("r1", "production", "after:staging"),
        Answer::Blocked
    );
    world.promote("r1", "staging");
    assert_eq!(world.outcome(1), "succeeded");
}

#[test]
fn what_is_being_carried_out_is_not_overridden() {
    let mut world = world(leads_promote(gated()));
    world.evidence("r1", "tests", true);
    let promotion = PromotionId(world.ask("r1", "dev"));
    let observed = world.observe("r1", "dev", Kind::Promote);
    let commit = Command::Commit {
        promotion,
        observed,
    };
    world.go(&commit, &token("ci")).unwrap();
    world.release("r2");
    let answer = world.answer("r2", "dev", "environment");
    assert_ne!(answer, Answer::Passed, "r1 is under way");
    let refused = world.override_of(("r2", "dev"), "environment", None, &oidc("alice"));
    assert!(
        matches!(refused, Err(Refusal::Unknown { .. })),
        "{refused:?}"
    );
}

#[test]
fn what_passed_by_decision_stands_downstream_until_something_new_is_known() {
    let mut world = world(leads_promote(policy(vec![
        env("dev")
            .gate("tests", tests())
            .overridden_by(&["leads"], "24h"),
        env("staging").after("dev"),
    ])));
    world.evidence("r1", "tests", false);
    world.asks(&oidc("alice")).unwrap();
    world.confirms(1, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
    assert_eq!(world.answer("r1", "staging", "after:dev"), Answer::Passed);
    world.pass(span("3d"));
    assert_eq!(world.answer("r1", "staging", "after:dev"), Answer::Passed);
    world.evidence("r1", "tests", false);
    assert_eq!(world.answer("r1", "staging", "after:dev"), Answer::Blocked);
}

#[test]
fn it_is_listed_until_someone_else_has_looked_at_it() {
    let mut world = world(leads_promote(gated()));
    world.asks(&oidc("alice")).unwrap();
    assert!(world.reviews(1, &oidc("bob")).is_err(), "not confirmed");
    assert_eq!(world.state.to_review().count(), 0);
    world.confirms(1, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.state.to_review().count(), 1);
    for other in [oidc("alice"), oidc("carol"), token("ci")] {
        assert!(world.reviews(1, &other).is_err(), "{other}");
    }
    world.reviews(1, &oidc("bob")).unwrap();
    assert_eq!(world.state.to_review().count(), 0);
    assert!(world.reviews(1, &oidc("bob")).is_err(), "once");
}

#[test]
fn a_gate_that_has_passed_is_not_overridden() {
    let mut world = world(leads_promote(gated()));
    world.evidence("r1", "tests", true);
    let refused = world.asks(&oidc("alice")).unwrap_err();
    assert!(refused.to_string().contains("has passed"), "{refused}");
}

#[test]
fn an_older_release_that_was_asked_for_knowingly_can_be_overridden() {
    let mut world = world(leads_promote(gated()));
    world.release("r2");
    world.evidence("r2", "tests", true);
    world.promote("r2", "dev");
    let older = liftlock_core::decide::Wanted {
        older: true,
        ..wanted("r1", "dev")
    };
    world.request(older, &token("ci")).unwrap();
    world.asks(&oidc("alice")).unwrap();
    world.confirms(1, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.current("dev").as_deref(), Some("r1"));
}

#[test]
fn a_rejection_ends_it() {
    let gate = approval(&["leads"], 1);
    let pipeline = env("dev")
        .gate("tests", gate)
        .overridden_by(&["leads"], "24h");
    let mut world = world(leads_promote(policy(vec![pipeline])));
    world.asks(&oidc("alice")).unwrap();
    let reject = Command::Reject {
        release: is("r1"),
        environment: is("dev"),
        reason: "no".to_owned(),
    };
    world.go(&reject, &oidc("bob")).unwrap();
    let refused = world.confirms(1, &oidc("bob")).unwrap_err();
    assert!(matches!(refused, Refusal::WrongStatus { .. }), "{refused}");
}

#[test]
fn two_persons_are_needed_and_an_end() {
    let problems = |by: &[&str], max: &str| {
        let pipeline = policy(vec![env("dev").overridden_by(by, max)]);
        pipeline.problems().len()
    };
    assert_eq!(problems(&["leads"], "24h"), 0);
    assert_eq!(problems(&["alice"], "24h"), 1);
    assert_eq!(problems(&["token:ci"], "24h"), 1);
    assert_eq!(problems(&["leads"], "0s"), 1);
    assert_eq!(problems(&["leads"], "31d"), 1);
}
