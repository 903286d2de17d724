//! Who may ask a server for what: every action by every kind of asker, in one table. A rule that is
//! changed changes a letter here.

use std::collections::BTreeSet;

use liftlock_core::access::{Action, Asker, Denied, On, ServerRoles, adoptable, decide};
use liftlock_core::policy::{IdentityMode, Verb};
use liftlock_core::{Actor, PipelineName, Policy};
use proptest::prelude::*;

use crate::actors::{oidc, token, user, worker};
use crate::build::{approval, env, is, policy, tests, who};
use crate::provider_groups::member;

/// Alice owns it, ci and the leads alice and bob promote, carol and the group `platform` approve,
/// and reader reads.
fn app() -> Policy {
    let dev = env("dev")
        .gate("tests", tests())
        .gate("sign-off", approval(&["carol", "oidc-group:platform"], 1));
    let mut policy = policy(vec![dev]);
    policy
        .allow
        .insert(Verb::Read, who(&["oidc:reader@example.com"]));
    policy
}

fn roles() -> ServerRoles {
    ServerRoles {
        administrators: who(&["oidc:admin@example.com", "oidc-group:operators"]),
        auditors: who(&["oidc:auditor@example.com", "token:audit"]),
        creators: who(&["token:maker", "oidc-group:platform"]),
        claimed: false,
    }
}

fn bound(names: &[&str]) -> BTreeSet<PipelineName> {
    names.iter().map(|name| is(name)).collect()
}

/// A letter for each action on a pipeline that there is, one that there is not, and the server:
/// `+` allowed, `-` not allowed, `0` not there, `x` there already, `?` not known.
fn row(asker: &Asker<'_>, roles: &ServerRoles) -> String {
    let (app, name, other) = (app(), is("app"), is("other"));
    let there = On::Pipeline {
        name: &name,
        policy: Some(&app),
    };
    let not_there = On::Pipeline {
        name: &other,
        policy: None,
    };
    let each = [there, not_there, On::Server].map(|on| {
        let letters = Action::ALL.map(|action| match decide(asker, action, on, roles) {
            Ok(()) => '+',
            Err(Denied::NotAllowed { .. }) => '-',
            Err(Denied::NotThere { .. }) => '0',
            Err(Denied::Exists { .. }) => 'x',
            Err(Denied::Unauthenticated) => '?',
        });
        letters.into_iter().collect::<String>()
    });
    each.join(" ")
}

/// The columns are, three times: read, change, create, carry out, work, list, witness, audit, administer.
#[test]
fn every_action_by_every_kind_of_asker() {
    let roles = roles();
    let to_app = bound(&["app"]);
    let to_other = bound(&["other"]);
    let unbound = |actor: &Actor| row(&Asker::unbound(actor), &roles);
    let to = |actor: &Actor, bound: &BTreeSet<PipelineName>| {
        let asker = Asker {
            labels: None,
            bound: Some(bound),
            ..Asker::unbound(actor)
        };
        row(&asker, &roles)
    };
    let recorded = |actor: &Actor, bound| {
        let asker = Asker {
            bound,
            administrator: true,
            ..Asker::unbound(actor)
        };
        row(&asker, &roles)
    };
    let admin = oidc("admin");
    for (who, expected, found) in [
        (
            "nobody",
            "????????? ????????? ?????????",
            row(&Asker::NOBODY, &roles),
        ),
        (
            "claimed",
            "????????? ????????? ?????????",
            unbound(&user("alice")),
        ),
        (
            "owner",
            "++x+----- 00-000000 -----++--",
            unbound(&oidc("alice")),
        ),
        (
            "lead",
            "++x+----- 00-000000 -----++--",
            unbound(&oidc("bob")),
        ),
        (
            "approver",
            "++x+----- 00-000000 -----++--",
            unbound(&oidc("carol")),
        ),
        (
            "reader",
            "++x+----- 00-000000 -----++--",
            unbound(&oidc("reader")),
        ),
        (
            "stranger",
            "00-000000 00-000000 -----++--",
            unbound(&oidc("mallory")),
        ),
        (
            "in a group",
            "++x+----- 00+000000 -----++--",
            unbound(&member("zoe", &["platform"])),
        ),
        (
            "in another",
            "00-000000 00-000000 -----++--",
            unbound(&member("zoe", &["Platform"])),
        ),
        (
            "operator",
            "++x+----- 00+000000 -----++++",
            unbound(&member("zoe", &["operators"])),
        ),
        (
            "administrator",
            "++x+----- 00+000000 -----++++",
            unbound(&admin),
        ),
        (
            "recorded",
            "++x+----- 00+000000 -----++++",
            recorded(&oidc("mallory"), None),
        ),
        (
            "auditor",
            "++x+----- 00-000000 -----+++-",
            unbound(&oidc("auditor")),
        ),
        (
            "token",
            "++x+----- 00-000000 -----++--",
            unbound(&token("ci")),
        ),
        (
            "token, bound",
            "++x+----- 00-000000 -----++--",
            to(&token("ci"), &to_app),
        ),
        (
            "token, elsewhere",
            "00-000000 00-000000 -----++--",
            to(&token("ci"), &to_other),
        ),
        (
            "other token",
            "00-000000 00-000000 -----++--",
            unbound(&token("other")),
        ),
        (
            "auditor, bound",
            "++x+----- 00-000000 -----++--",
            to(&token("audit"), &to_app),
        ),
        (
            "maker",
            "000000000 00+000000 -----++--",
            unbound(&token("maker")),
        ),
        (
            "maker, bound",
            "00-000000 00+000000 -----++--",
            to(&token("maker"), &to_other),
        ),
        (
            "admin, bound",
            "++x+----- 00-000000 -----++--",
            recorded(&admin, Some(&to_app)),
        ),
        (
            "worker",
            "+-x++---- 00-000000 -----++--",
            unbound(&worker("eu")),
        ),
        (
            "worker, bound",
            "00-000000 00-000000 -----++--",
            to(&worker("eu"), &to_other),
        ),
    ] {
        assert_eq!(found, expected, "{who}");
    }
}

#[test]
fn who_may_not_read_is_told_the_same_of_what_there_is_and_what_there_is_not() {
    let (app, name) = (app(), is("app"));
    let stranger = oidc("mallory");
    for action in Action::ALL {
        let [there, not_there] = [Some(&app), None].map(|policy| {
            let on = On::Pipeline {
                name: &name,
                policy,
            };
            decide(&Asker::unbound(&stranger), action, on, &roles())
        });
        assert_eq!(there, not_there, "{action}");
        assert!(there.is_err(), "{action}");
        let said = there.unwrap_err().to_string();
        for secret in ["alice", "carol", "platform", "reader@"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

/// On a server that is only tried out, names that are claimed are somebody: for files that say so.
#[test]
fn a_claimed_name_counts_only_where_server_and_file_say_so() {
    let trying = ServerRoles {
        claimed: true,
        ..ServerRoles::default()
    };
    let alice = user("alice");
    let name = is("app");
    let may = |action, policy: Option<&Policy>, roles: &ServerRoles| {
        let on = On::Pipeline {
            name: &name,
            policy,
        };
        decide(&Asker::unbound(&alice), action, on, roles).is_ok()
    };
    let strict = app();
    let claimed = crate::build::claimed(app());
    assert!(may(Action::Create, None, &trying));
    for action in [Action::Read, Action::Change] {
        assert!(may(action, Some(&claimed), &trying), "{action}");
        assert!(!may(action, Some(&claimed), &roles()), "{action}");
        assert!(!may(action, Some(&strict), &trying), "{action}");
    }
}

fn any_actor() -> impl Strategy<Value = Actor> {
    let names = prop::sample::select(vec!["alice", "bob", "carol", "dan", "mallory", "admin"]);
    let groups = prop::sample::subsequence(vec!["platform", "operators", "x"], 0..3);
    prop_oneof![
        (names, groups).prop_map(|(name, groups)| member(name, &groups)),
        Just(token("ci")),
        Just(token("other")),
        Just(user("alice")),
        Just(worker("eu")),
    ]
}

fn any_who() -> impl Strategy<Value = Vec<&'static str>> {
    let all = vec![
        "alice",
        "leads",
        "token:ci",
        "token:other",
        "oidc:mallory@example.com",
        "oidc-group:platform",
        "oidc-group:x",
        "worker:eu",
        "user:alice",
    ];
    prop::sample::subsequence(all, 0..4)
}

fn any_roles() -> impl Strategy<Value = ServerRoles> {
    (any_who(), any_who(), any_who()).prop_map(|(administrators, auditors, creators)| ServerRoles {
        administrators: who(&administrators),
        auditors: who(&auditors),
        creators: who(&creators),
        claimed: false,
    })
}

proptest! {
    /// One more in a list takes nothing from anyone, and neither does a wider credential.
    #[test]
    fn a_right_that_is_added_takes_none_away(
        actor in any_actor(),
        before in any_roles(),
        more in any_who(),
        list in 0..6usize,
        bindings in prop::collection::btree_set(prop::sample::select(vec!["app", "other"]), 0..3),
    ) {
        let (mut roles, mut policy) = (before.clone(), app());
        match list {
            0 => roles.administrators.extend(who(&more)),
            1 => roles.auditors.extend(who(&more)),
            2 => roles.creators.extend(who(&more)),
            3 => policy.allow.entry(Verb::Read).or_default().extend(who(&more)),
            4 => policy.owners.extend(who(&more)),
            _ => policy.allow.entry(Verb::Promote).or_default().extend(who(&more)),
        }
        let bound: BTreeSet<PipelineName> = bindings.iter().map(|name| is(name)).collect();
        let narrow = Asker { bound: Some(&bound), ..Asker::unbound(&actor) };
        let wide = Asker::unbound(&actor);
        let (plain, name, other) = (app(), is("app"), is("other"));
        for action in Action::ALL {
            for (was, is) in [
                (On::Server, On::Server),
                (
                    On::Pipeline { name: &name, policy: Some(&plain) },
                    On::Pipeline { name: &name, policy: Some(&policy) },
                ),
                (
                    On::Pipeline { name: &other, policy: None },
                    On::Pipeline { name: &other, policy: None },
                ),
            ] {
                for asker in [&narrow, &wide] {
                    if decide(asker, action, was, &before).is_ok() {
                        prop_assert!(decide(asker, action, is, &roles).is_ok(), "{action}");
                    }
                }
                if decide(&narrow, action, was, &before).is_ok() {
                    prop_assert!(decide(&wide, action, was, &before).is_ok(), "{action}");
                }
            }
        }
    }

    /// Where nobody is listed, whoever the file does not name gets nothing of any pipeline.
    #[test]
    fn nothing_is_allowed_that_nobody_said(actor in any_actor()) {
        let (policy, name) = (app(), is("app"));
        let on = On::Pipeline { name: &name, policy: Some(&policy) };
        let nothing = ServerRoles::default();
        let asker = Asker::unbound(&actor);
        for action in Action::ALL {
            let on_server = decide(&asker, action, On::Server, &nothing).is_ok();
            let harmless = [Action::List, Action::Witness].contains(&action);
            prop_assert_eq!(on_server, harmless && !actor.is_claimed(), "{}", action);
            if decide(&asker, action, on, &nothing).is_ok() {
                prop_assert!(policy.names(&actor) || actor.is_worker(), "{}", action);
            }
            let nobody = decide(&Asker::NOBODY, action, on, &nothing);
            prop_assert_eq!(nobody, Err(Denied::Unauthenticated));
        }
    }
}

#[test]
fn a_policy_of_claimed_identities_is_adopted_only_where_names_are_claimed() {
    let mut policy = app();
    policy.identity = IdentityMode::Authenticated;
    assert!(adoptable(&policy, &oidc("alice")).is_ok());
    assert!(adoptable(&policy, &user("alice")).is_ok());
    policy.identity = IdentityMode::Claimed;
    assert!(adoptable(&policy, &user("alice")).is_ok());
    for known in [oidc("alice"), token("ci"), worker("server")] {
        assert!(adoptable(&policy, &known).is_err(), "{known}");
    }
}
