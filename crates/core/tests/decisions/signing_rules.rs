//! What an environment with a key of its own states about what goes into it.

use liftlock_core::attestation::{Details, Signed, Stated};
use liftlock_core::promotion::Kind;
use liftlock_core::{Command, PromotionId, Refusal, Span};

use crate::actors::{oidc, token};
use crate::build::{approval, env, is, policy, span, tests, with_keys, with_web};
use crate::world::World;

/// Dev is deployed to and checked, asks for tests and an approval, and signs.
fn signing() -> World {
    let dev = env("dev")
        .deploys()
        .checked()
        .signs()
        .gate("tests", tests())
        .gate("lead", approval(&["leads"], 1))
        .overridden_by(&["leads"], "24h");
    let mut world = World::with(with_keys(with_web(policy(vec![dev]))));
    world.release("r1");
    world
}

fn stated(world: &World) -> Vec<Stated> {
    world.stated.values().cloned().collect()
}

#[test]
fn what_is_stated_is_what_was_recorded() {
    let mut world = signing();
    world.evidence("r1", "tests", true);
    let id = world.ask("r1", "dev");
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(id), "succeeded");
    let [admitted, verified] = stated(&world).try_into().unwrap();
    let release = &world.state.releases[&is("r1")];
    for stated in [&admitted, &verified] {
        assert_eq!(stated.release, is("r1"));
        assert_eq!(stated.set, release.content.set_digest());
        assert_eq!(stated.images.len(), 2);
        assert_eq!(
            Some(stated.policy),
            world.state.policy().unwrap().environment_digest(&is("dev"))
        );
        assert_eq!(stated.requester.actor, token("ci"));
        assert_eq!(stated.requester.person, None);
    }
    let Details::Admitted(facts) = &admitted.details else {
        panic!("{admitted:?}");
    };
    assert_eq!(facts.approvals.len(), 1);
    assert_eq!(facts.approvals[0].by.person, Some(is("bob")));
    assert_eq!(facts.approvals[0].gates, [is("lead")]);
    assert_eq!(facts.evidence.len(), 1);
    assert_eq!(facts.evidence[0].id.to_string(), "e1");
    assert_eq!(facts.overridden, []);
    let Details::Verified(facts) = &verified.details else {
        panic!("{verified:?}");
    };
    assert!(facts.deployed);
    assert_eq!(facts.checks, [is("smoke")]);
    assert!(admitted.at <= verified.at);
}

#[test]
fn what_came_late_or_does_not_stand_is_not_stated() {
    let mut world = signing();
    world.evidence("r1", "tests", true);
    world.ask("r1", "dev");
    world.approve("r1", "dev", &oidc("alice")).unwrap();
    let withdraw = Command::Withdraw {
        release: is("r1"),
        environment: is("dev"),
        reason: "too early".to_owned(),
    };
    world.go(&withdraw, &oidc("alice")).unwrap();
    world
        .override_of(("r1", "dev"), "lead", None, &oidc("alice"))
        .unwrap();
    world.confirms(1, &oidc("bob")).unwrap();
    world.tick();
    let Details::Admitted(facts) = &stated(&world)[0].details else {
        panic!("not the admission first");
    };
    assert_eq!(facts.approvals, []);
    assert_eq!(facts.overridden, [is("lead")]);
}

#[test]
fn what_cannot_be_signed_is_not_begun_and_goes_on_where_the_key_is() {
    let mut world = signing();
    world.evidence("r1", "tests", true);
    world.keyless = Some("there is no key file".to_owned());
    let id = world.ask("r1", "dev");
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    world.pass(Span::from_secs(1));
    let observed = world.observe("r1", "dev", Kind::Promote);
    let commit = Command::Commit {
        promotion: PromotionId(id),
        observed,
    };
    let refusal = world.go(&commit, &token("ci"));
    assert!(
        matches!(&refusal, Err(Refusal::CannotSign { why, .. }) if why.contains("no key file")),
        "{refusal:?}"
    );
    world.tick();
    assert_eq!(world.outcome(id), "waiting");
    world.keyless = None;
    world.tick();
    assert_eq!(world.outcome(id), "succeeded");
}

#[test]
fn a_rollback_signs_nothing_and_needs_no_key() {
    let mut world = signing();
    for release in ["r1", "r2"] {
        if release == "r2" {
            world.release(release);
        }
        world.evidence(release, "tests", true);
        world.ask(release, "dev");
        world.approve(release, "dev", &oidc("bob")).unwrap();
        world.tick();
    }
    assert_eq!(stated(&world).len(), 4);
    world.keyless = Some("the key is elsewhere".to_owned());
    world.pass(span("1h"));
    world.roll_back("dev", None, &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.current("dev").as_deref(), Some("r1"));
    assert_eq!(stated(&world).len(), 4);
}

#[test]
fn a_key_to_sign_with_has_to_be_in_the_policy() {
    let found = policy(vec![env("dev").signs()]).problems();
    assert!(
        found.iter().any(|p| p.message.contains("no key builder")),
        "{found:?}"
    );
}

#[test]
fn a_key_has_one_name() {
    let mut twice = with_keys(policy(vec![env("dev").signs()]));
    twice.keys.insert(is("again"), crate::build::key("builder"));
    let same = twice.problems();
    assert!(
        same[0].message.contains("is the key again already"),
        "{same:?}"
    );
}

#[test]
fn what_is_live_and_stands_is_what_a_new_key_states_again() {
    let mut world = signing();
    let live = |world: &World| liftlock_core::attestation::live(&world.state, &is("builder"));
    assert_eq!(live(&world), []);
    for name in ["r1", "r2"] {
        if name != "r1" {
            world.release(name);
        }
        world.evidence(name, "tests", true);
        world.ask(name, "dev");
        world.approve(name, "dev", &oidc("bob")).unwrap();
        world.tick();
    }
    let of = |world: &World, release: &str| {
        let all = stated(world).into_iter();
        let of: Vec<Stated> = all.filter(|s| s.release == is(release)).collect();
        of
    };
    let says = |signed: Vec<Signed>| -> Vec<Stated> {
        let each = signed.into_iter();
        each.map(|signed| signed.stated).collect()
    };
    let [dev] = live(&world).try_into().unwrap();
    assert_eq!((dev.release, dev.against), (is("r2"), None));
    assert_eq!(dev.statements.len(), 2);
    assert_eq!(says(dev.statements), of(&world, "r2"));
    // A rollback signs nothing; what is live then was signed when it came in.
    world.roll_back("dev", Some("r1"), &oidc("alice")).unwrap();
    world.tick();
    let [dev] = live(&world).try_into().unwrap();
    assert_eq!((dev.release, dev.against), (is("r1"), None));
    assert_eq!(says(dev.statements), of(&world, "r1"));
    // What does not stand is not stated again.
    let open = Command::OpenIncident {
        environment: is("dev"),
        reason: "it is slow".to_owned(),
    };
    world.go(&open, &oidc("alice")).unwrap();
    let [dev] = live(&world).try_into().unwrap();
    assert_eq!(dev.statements, []);
    assert!(dev.against.is_some_and(|why| why.contains("withdrawn")));
    assert_eq!(
        liftlock_core::attestation::live(&world.state, &is("other")),
        []
    );
}
