//! `semantics`, "Identities": every command by every kind of actor, in one table. A rule that is
//! changed changes a letter here.

use liftlock_core::decide::NewOverride;
use liftlock_core::freeze::{Scope, Until};
use liftlock_core::policy::Verb;
use liftlock_core::promotion::Kind;
use liftlock_core::{Actor, Command, OverrideId, Policy, Refusal};

use crate::actors::{oidc, token, user};
use crate::build::{approval, claimed, env, is, policy, span, tests, who};
use crate::world::{World, plain, wanted};

/// Alice owns it, leads are alice and bob, qa are bob and carol; `ci` and the leads may promote and
/// roll back, carol may hold, freeze and open incidents, and everything else is the owner's.
pub(crate) fn gated() -> Policy {
    let dev = env("dev")
        .gate("tests", tests())
        .gate("lead", approval(&["leads"], 1))
        .overridden_by(&["leads"], "24h");
    let mut policy = policy(vec![dev]);
    for verb in [Verb::Freeze, Verb::Hold, Verb::Incident] {
        policy.allow.insert(verb, who(&["carol"]));
    }
    policy
}

/// Who acts: the owner, one of the leads, one whom `allow` lists, a stranger, a token that is
/// listed and one that is not, and the owner's and a lead's users of a state file.
fn everyone() -> [Actor; 8] {
    [
        oidc("alice"),
        oidc("bob"),
        oidc("carol"),
        oidc("mallory"),
        token("ci"),
        token("other"),
        user("alice"),
        user("bob"),
    ]
}

/// A world in which each command could be given: r1 waits, asked for by dan; an override of its
/// tests by bob waits to be confirmed; r2 has evidence by the token; another release is current.
pub(crate) fn prepared(policy: Policy) -> World {
    let mut world = World::with(policy);
    for name in ["r0", "r1", "r2"] {
        world.release(name);
    }
    world.evidence("r0", "tests", true);
    world.ask("r0", "dev");
    world.approve("r0", "dev", &oidc("bob")).unwrap();
    world.tick();
    assert_eq!(world.outcome(1), "succeeded");
    world.ask("r1", "dev");
    world
        .override_of(("r1", "dev"), "tests", None, &oidc("bob"))
        .unwrap();
    world
}

pub(crate) fn command(world: &World, name: &str) -> Command {
    let (release, environment, reason) = (is("r1"), is("dev"), "because".to_owned());
    let observed = |release| world.observe(release, "dev", Kind::Promote);
    match name {
        "adopt" => {
            let mut policy = world.state.policy().unwrap().clone();
            policy.keep = false;
            let policy = Box::new(policy);
            Command::Adopt { policy }
        }
        "release" => Command::CreateRelease {
            name: is("r9"),
            images: crate::build::images_of(world.state.policy().unwrap(), "r9"),
            about: liftlock_core::release::About::default(),
        },
        "evidence" => Command::AddEvidence(Box::new(plain("r2", "tests"))),
        "revoke" => Command::RevokeEvidence {
            id: liftlock_core::EvidenceId(1),
            reason,
        },
        "promote" => Command::Request {
            wanted: wanted("r2", "dev"),
            observed: observed("r2"),
        },
        "approve" => Command::Approve {
            set: world.state.releases[&release].content.set_digest(),
            release,
            environment,
            gates: Vec::new(),
            comment: None,
        },
        "reject" => Command::Reject {
            release,
            environment,
            reason,
        },
        "cancel" => Command::Cancel {
            release,
            environment,
            reason,
        },
        "rollback" => Command::Rollback {
            environment,
            release: None,
            reason,
            observed: observed("r0"),
        },
        "override" => Command::RequestOverride {
            new: NewOverride {
                wanted: wanted("r1", "dev"),
                gate: is("lead"),
                lasts: None,
                reason,
            },
            observed: observed("r1"),
        },
        "confirm" => Command::ConfirmOverride { id: OverrideId(1) },
        "hold" => Command::Hold {
            environment,
            reason,
        },
        "resume" => Command::Resume { environment },
        "freeze" => Command::Freeze {
            scope: Scope::All,
            until: Until::For(span("1h")),
            reason,
        },
        "open" => Command::OpenIncident {
            environment,
            reason,
        },
        "resolve" => Command::ResolveIncident { environment },
        other => panic!("{other}"),
    }
}

/// Whether an actor may: what else a command may be refused for is not asked here.
fn may(world: &World, name: &str, actor: &Actor) -> bool {
    let mut world = world.clone();
    match world.go(&command(&world, name), actor) {
        Err(Refusal::NotAllowed { .. }) => false,
        // Bob asked for this override himself, which is another rule than who may.
        Err(Refusal::NoOverride { .. } | Refusal::NothingToReturnTo { .. }) | Ok(_) => true,
        Err(other) => panic!("{name} by {actor}: {other}"),
    }
}

fn letters(world: &World, name: &str) -> String {
    let everyone = everyone();
    let letters = everyone.iter().map(|actor| may(world, name, actor));
    letters.map(|may| if may { 'y' } else { '.' }).collect()
}

/// The commands, and who may give them: alice bob carol mallory ci other user:alice user:bob, where
/// identities must be authenticated, and where claimed ones count.
pub(crate) const TABLE: [(&str, &str, &str); 16] = [
    ("adopt", "y.......", "y.....y."),
    ("release", "yy..y...", "yy..y.yy"),
    ("evidence", "....y...", "....y..."),
    ("revoke", "y...y...", "y...y.y."),
    ("promote", "yy..y...", "yy..y.yy"),
    ("approve", "yy......", "yy....yy"),
    ("reject", "yy......", "yy....yy"),
    ("cancel", "y...y...", "y...y.y."),
    ("rollback", "yy..y...", "yy..y.yy"),
    ("override", "yy......", "yy....yy"),
    ("confirm", "yy......", "yy....yy"),
    ("hold", "..y.....", "..y....."),
    ("resume", "..y.....", "..y....."),
    ("freeze", "..y.....", "..y....."),
    ("open", "..y.....", "..y....."),
    ("resolve", "..y.....", "..y....."),
];

#[test]
fn who_may_give_which_command() {
    let worlds = [prepared(gated()), prepared(claimed(gated()))];
    let found: Vec<_> = TABLE
        .iter()
        .map(|(name, _, _)| {
            let [strict, lax] = worlds.each_ref().map(|world| letters(world, name));
            (*name, strict, lax)
        })
        .collect();
    let expected: Vec<_> = TABLE
        .iter()
        .map(|(name, strict, lax)| (*name, (*strict).to_owned(), (*lax).to_owned()))
        .collect();
    assert_eq!(found, expected);
}
