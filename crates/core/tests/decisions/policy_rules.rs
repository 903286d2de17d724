//! `semantics`, "Policy": who changes it, and what cannot be one.

use liftlock_core::policy::{
    Check, CheckKind, Deploy, Exclude, Gate, GateRule, Gates, HttpCheck, Per, RollbackRule, Verb,
};
use liftlock_core::{Command, EvidenceId, Policy, Refusal, Span, State, decide};

use crate::actors::{oidc, token, user};
use crate::build::{approval, claimed, env, is, policy, repository, scan, soak, span, tests, who};
use crate::world::{World, dawn};

#[test]
fn the_first_command_on_a_new_state_adopts_and_nothing_else_does_anything() {
    let state = State::default();
    let adopt = Command::Adopt {
        policy: Box::new(policy(vec![env("dev")])),
    };
    assert_eq!(
        decide(&state, &adopt, &user("anyone"), dawn())
            .unwrap()
            .len(),
        1
    );
    let revoke = Command::RevokeEvidence {
        id: EvidenceId(1),
        reason: "x".to_owned(),
    };
    let refusal = decide(&state, &revoke, &oidc("alice"), dawn());
    assert_eq!(refusal, Err(Refusal::NoPolicy));
}

#[test]
fn the_owners_of_the_policy_in_force_may_replace_it_and_no_one_else() {
    let mut world = World::with(policy(vec![env("dev")]));
    let mut bobs = policy(vec![env("dev")]);
    bobs.owners = who(&["bob"]);
    for usurper in [oidc("bob"), user("alice"), token("ci")] {
        let refusal = world.adopt(bobs.clone(), &usurper);
        assert!(
            matches!(refusal, Err(Refusal::NotAllowed { .. })),
            "{usurper}"
        );
    }
    world.adopt(bobs.clone(), &oidc("alice")).unwrap();
    assert_eq!(
        world.adopt(bobs, &oidc("mallory")),
        Ok(Vec::new()),
        "no change is no change"
    );
    let back = world.adopt(policy(vec![env("dev")]), &oidc("alice"));
    assert!(matches!(back, Err(Refusal::NotAllowed { .. })));
    world.adopt(policy(vec![env("dev")]), &oidc("bob")).unwrap();
    let mut other = policy(vec![env("dev")]);
    other.pipeline = is("another");
    assert!(world.adopt(other, &oidc("alice")).is_err());
}

#[test]
fn a_claimed_file_without_owners_is_anyones() {
    let mut open = claimed(policy(vec![env("dev")]));
    open.owners.clear();
    let mut world = World::with(open.clone());
    open.keep = false;
    world.adopt(open, &user("mallory")).unwrap();
}

type Change = fn(&mut Policy);

#[test]
fn what_cannot_hold_is_no_policy() {
    let sound = || {
        policy(vec![
            env("dev")
                .deploys()
                .checked()
                .gate("tests", tests())
                .gate("scan", scan()),
            env("production")
                .after("dev")
                .gate("lead", approval(&["leads"], 2))
                .gate("soak", soak("1h")),
        ])
    };
    assert_eq!(sound().problems(), []);
    let changes: [(&str, Change); 27] = [
        ("no images", |p| p.images.clear()),
        ("one name for two kinds of evidence", |p| {
            if let Gates::All(gates) = &mut p.environments[1].gates {
                gates.push(Gate {
                    name: is("tests"),
                    rule: scan(),
                });
            }
        }),
        ("one name for evidence that covers different things", |p| {
            if let GateRule::Evidence(mut rule) = tests() {
                rule.per = Per::Image;
                let rule = GateRule::Evidence(rule);
                if let Gates::All(gates) = &mut p.environments[1].gates {
                    gates.push(Gate {
                        name: is("tests"),
                        rule,
                    });
                }
            }
        }),
        ("one repository twice", |p| {
            p.images.insert(is("web"), repository("api"));
        }),
        ("no environments", |p| p.environments.clear()),
        ("an environment twice", |p| {
            let mut twin = p.environments[0].clone();
            twin.tags = vec![is("twin")];
            p.environments.push(twin);
        }),
        ("a gate twice", |p| {
            if let Gates::All(gates) = &mut p.environments[1].gates {
                gates.push(gates[0].clone());
            }
        }),
        ("an empty list of gates", |p| {
            p.environments[0].gates = Gates::All(Vec::new())
        }),
        ("after nothing known", |p| {
            p.environments[1].after = vec![is("nowhere")]
        }),
        ("a circle", |p| {
            p.environments[0].after = vec![is("production")]
        }),
        ("after itself", |p| {
            p.environments[0].after = vec![is("dev")]
        }),
        ("a tag twice", |p| p.environments[1].tags = vec![is("dev")]),
        ("a keep tag", |p| {
            p.environments[1].tags = vec![is("keep-{release}")]
        }),
        ("nothing to do", |p| p.environments[1].tags.clear()),
        ("a deployment without a word on rollback", |p| {
            p.environments[0].rollback = None
        }),
        ("rollback on nothing", |p| {
            p.environments[0].rollback = Some(RollbackRule::On(Vec::new()));
        }),
        ("expires at once", |p| {
            p.environments[0].expires = Span::ZERO
        }),
        ("a group in a group", |p| {
            p.groups.insert(is("all"), who(&["leads"]));
        }),
        ("an empty group", |p| {
            p.groups.insert(is("leads"), Vec::new());
        }),
        ("a group that is a person", |p| {
            p.groups.insert(is("alice"), who(&["bob"]));
        }),
        ("nobody's", |p| p.owners.clear()),
        ("allow nobody", |p| {
            p.allow.insert(Verb::Cancel, Vec::new());
        }),
        ("one identity for two", |p| {
            p.people.insert(is("erin"), [is("user:bob")].into());
        }),
        ("a person without an identity", |p| {
            p.people.insert(is("erin"), [].into());
        }),
        ("an empty command", |p| {
            p.environments[0].deploy = Some(Deploy::Command {
                command: Vec::new(),
                env: [].into(),
                within: span("1m"),
            });
        }),
        ("a strange URL", |p| {
            p.environments[0].checks = vec![Check {
                every: None,
                name: is("c"),
                kind: CheckKind::Http(HttpCheck::new("ftp://x", span("1m"))),
                after: Vec::new(),
            }];
        }),
        ("more approvals than persons", |p| {
            p.groups
                .insert(is("leads"), who(&["alice", "oidc:alice@example.com"]));
        }),
    ];
    for (what, change) in changes {
        let mut broken = sound();
        change(&mut broken);
        assert_ne!(broken.problems(), [], "{what}");
        let adopt = Command::Adopt {
            policy: Box::new(broken),
        };
        let refusal = decide(&State::default(), &adopt, &oidc("alice"), dawn());
        assert!(matches!(refusal, Err(Refusal::Policy(_))), "{what}");
    }
    assert_ne!(Exclude::Requester, Exclude::Author);
}
