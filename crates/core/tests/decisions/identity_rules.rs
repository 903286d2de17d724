//! `semantics`, "Identities": each verb, and each kind of actor.

use liftlock_core::policy::{IdentityMode, Verb};
use liftlock_core::{Actor, Command, Policy};

use crate::actors::{actor, oidc, token, user};
use crate::build::{approval, claimed, env, evidence, is, policy, who};
use crate::world::{World, plain, wanted};

fn one() -> Policy {
    policy(vec![env("dev")])
}

fn permitted(policy: &Policy, verb: Verb) -> Vec<String> {
    let everyone = [
        token("ci"),
        token("other"),
        oidc("alice"),
        oidc("bob"),
        oidc("mallory"),
        user("alice"),
        user("bob"),
        user("mallory"),
    ];
    let permitted = everyone.iter().filter(|actor| policy.permits(verb, actor));
    permitted.map(|actor| actor.identity.to_string()).collect()
}

const ALICE: &str = "oidc:alice@example.com";
const BOB: &str = "oidc:bob@example.com";

#[test]
fn who_may_do_what() {
    let strict = one();
    let lax = claimed(one());
    let mut ownerless = claimed(one());
    ownerless.owners.clear();
    ownerless.allow.clear();
    let everyone = [
        "token:ci",
        "token:other",
        ALICE,
        BOB,
        "oidc:mallory@example.com",
        "user:alice",
        "user:bob",
        "user:mallory",
    ];
    let leads = ["token:ci", ALICE, BOB];
    let claimed_leads = ["token:ci", ALICE, BOB, "user:alice", "user:bob"];
    for verb in [Verb::Promote, Verb::Rollback, Verb::Release] {
        // A release may be created by whoever may promote.
        assert_eq!(permitted(&strict, verb), leads, "{verb}");
        assert_eq!(permitted(&lax, verb), claimed_leads, "{verb}");
        assert_eq!(permitted(&ownerless, verb), everyone, "{verb}");
    }
    for verb in [Verb::Cancel, Verb::Revoke, Verb::Freeze] {
        // Not listed: the owners'.
        assert_eq!(permitted(&strict, verb), [ALICE], "{verb}");
        assert_eq!(permitted(&lax, verb), [ALICE, "user:alice"], "{verb}");
        assert_eq!(permitted(&ownerless, verb), everyone, "{verb}");
    }
    let mut listed = one();
    listed.allow.insert(Verb::Release, who(&["token:other"]));
    assert_eq!(permitted(&listed, Verb::Release), ["token:other"]);
    let mut nobody = claimed(one());
    nobody.allow.insert(Verb::Promote, Vec::new());
    assert_eq!(permitted(&nobody, Verb::Promote), Vec::<String>::new());
}

#[test]
fn a_name_without_a_person_is_that_user_and_nobody_else() {
    let mut policy = claimed(one());
    policy.allow.insert(Verb::Cancel, who(&["erin"]));
    assert!(policy.permits(Verb::Cancel, &user("erin")));
    assert!(!policy.permits(Verb::Cancel, &oidc("erin")));
    assert!(!policy.permits(Verb::Cancel, &token("erin")));
    // A person means the identities that are listed, and no other of the same name.
    policy
        .people
        .insert(is("erin"), [is("oidc:erin@example.com")].into());
    assert!(!policy.permits(Verb::Cancel, &user("erin")));
    assert!(policy.permits(Verb::Cancel, &oidc("erin")));
}

#[test]
fn commands_ask_for_their_verb() {
    let mut world = World::with(one());
    let about = liftlock_core::release::About::default;
    assert!(world.release_about("r1", about(), &oidc("carol")).is_err());
    assert!(world.release_about("r1", about(), &user("alice")).is_err());
    world.release_about("r1", about(), &oidc("bob")).unwrap();
    for stranger in [oidc("carol"), user("bob"), token("other")] {
        assert!(
            world.request(wanted("r1", "dev"), &stranger).is_err(),
            "{stranger}"
        );
    }
    world.request(wanted("r1", "dev"), &oidc("bob")).unwrap();
    let waiting = world.state.promotions.keys().next().copied().unwrap();
    for stranger in [oidc("carol"), user("bob"), token("other")] {
        assert!(!world.commit(waiting, &stranger), "{stranger}");
    }
    let cancel = |world: &mut World, by: &Actor| {
        let command = Command::Cancel {
            release: is("r1"),
            environment: is("dev"),
            reason: "no".to_owned(),
        };
        world.go(&command, by).is_ok()
    };
    // Cancelling is the owners' here, and the requester's own.
    for stranger in [oidc("carol"), token("ci"), user("bob")] {
        assert!(!cancel(&mut world, &stranger), "{stranger}");
    }
    assert!(cancel(&mut world, &oidc("bob")));
    world.ask("r1", "dev");
    assert!(cancel(&mut world, &oidc("alice")));
}

#[test]
fn evidence_comes_from_whom_the_gate_names() {
    let gate = liftlock_core::policy::GateRule::Evidence(evidence(
        liftlock_core::policy::EvidenceKind::Tests,
    ));
    let mut world = World::with(policy(vec![env("dev").gate("tests", gate)]));
    world.release("r1");
    for stranger in [token("other"), oidc("alice"), user("ci")] {
        assert!(
            world.submit(plain("r1", "tests"), &stranger).is_err(),
            "{stranger}"
        );
    }
    let claimed_token = Actor {
        identity: is("token:ci"),
        ..user("ci")
    };
    assert!(world.submit(plain("r1", "tests"), &claimed_token).is_err());
    world.submit(plain("r1", "tests"), &token("ci")).unwrap();
    // Revoking is for who submitted it, and the owners.
    let revoke = Command::RevokeEvidence {
        id: liftlock_core::EvidenceId(1),
        reason: "wrong".to_owned(),
    };
    assert!(world.go(&revoke, &oidc("bob")).is_err());
    world.go(&revoke, &token("ci")).unwrap();
    assert!(world.go(&revoke, &oidc("alice")).is_err(), "twice");
}

#[test]
fn tokens_cannot_approve_even_where_the_policy_names_one() {
    let gate = approval(&["token:ci", "alice"], 1);
    let mut world = World::with(policy(vec![env("dev").gate("lead", gate)]));
    world.release("r1");
    world.request(wanted("r1", "dev"), &oidc("bob")).unwrap();
    let refusal = world.approve("r1", "dev", &token("ci")).unwrap_err();
    assert!(
        refusal.to_string().contains("tokens cannot approve"),
        "{refusal}"
    );
    assert!(
        world.approve("r1", "dev", &user("alice")).is_err(),
        "only claimed"
    );
    world.approve("r1", "dev", &oidc("alice")).unwrap();
}

#[test]
fn claimed_approvals_stop_counting_when_the_file_turns_authenticated() {
    let lax = claimed(policy(vec![
        env("dev").gate("lead", approval(&["leads"], 1)),
    ]));
    let mut world = World::with(lax.clone());
    world.release("r1");
    world.ask("r1", "dev");
    world.approve("r1", "dev", &user("bob")).unwrap();
    assert_eq!(
        world.answer("r1", "dev", "lead"),
        liftlock_core::verdict::Answer::Passed
    );
    let mut strict = lax;
    strict.identity = IdentityMode::Authenticated;
    world.adopt(strict, &user("alice")).unwrap();
    assert_eq!(
        world.answer("r1", "dev", "lead"),
        liftlock_core::verdict::Answer::Waiting
    );
}

#[test]
fn identities_are_spelled_one_way() {
    for good in ["user:a", "token:ci-1", "oidc:https://x.example/subject|7"] {
        assert_eq!(actor(good).identity.to_string(), good);
    }
    for bad in [
        "", "a", "user:", "user:a b", "token:-x", "oidc:", "oidc:a b", "saml:x", "USER:a",
    ] {
        assert!(bad.parse::<liftlock_core::Identity>().is_err(), "{bad}");
    }
}
