//! An agent hands in what it did and saw, and nothing that a person or its server decides.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::access::{Action, Asker, Denied, On, ServerRoles, decide};
use liftlock_core::decide::{Seen, StepResult};
use liftlock_core::handed::{HANDED_CHARS_MAX, HANDED_THINGS_MAX, Handed};
use liftlock_core::observed::Observed;
use liftlock_core::{Command, Label, PipelineName, PromotionId, Refusal};

use crate::actors::worker;
use crate::authority::{TABLE, command, gated, prepared};
use crate::build::{digest, env, is, policy, repository};

fn seen(tags: usize, failed: &str) -> Command {
    let place = |n| {
        (
            (repository("api"), is(&format!("t{n}"))),
            Some(digest("r1")),
        )
    };
    let observed = Observed {
        tags: (0..tags).map(place).collect(),
        present: BTreeMap::from([(repository("api").pinned(digest("r1")), true)]),
        keys: BTreeMap::new(),
        running: BTreeMap::from([(is("api"), vec![digest("r1"), digest("r2")])]),
    };
    Command::NoteDrift {
        environment: is("production"),
        seen: Seen {
            from: 7,
            observed,
            partly: true,
            passed: BTreeSet::from([is("works")]),
            failed: BTreeMap::from([(is("smoke"), failed.to_owned())]),
        },
    }
}

fn ended(summary: &str, stopped: Vec<u32>) -> Command {
    Command::EndStep {
        promotion: PromotionId(3),
        step: 2,
        result: StepResult {
            done: false,
            summary: summary.to_owned(),
            output: Some(digest("printed")),
        },
        stopped,
    }
}

#[test]
fn what_is_handed_in_arrives_as_it_was_and_the_rest_cannot_be_said() {
    let begins = Command::StartStep {
        promotion: PromotionId(3),
        step: 2,
    };
    for said in [
        begins,
        ended("exit 1", vec![3, 4]),
        seen(3, "503"),
        seen(0, ""),
    ] {
        let handed = Handed::of(&said).unwrap();
        let text = serde_json::to_string(&handed).unwrap();
        let read: Handed = serde_json::from_str(&text).unwrap();
        assert_eq!(read, handed);
        let arrived = read.command().unwrap();
        assert_eq!(format!("{arrived:?}"), format!("{said:?}"));
    }
    let world = prepared(gated());
    for (name, ..) in TABLE {
        assert_eq!(Handed::of(&command(&world, name)), None, "{name}");
    }
    let promotion = PromotionId(1);
    let (observed, reason) = (Observed::default(), String::new());
    for decided in [
        Command::Expire,
        Command::Commit {
            promotion,
            observed: observed.clone(),
        },
        Command::GiveUp { promotion, reason },
        Command::Return {
            environment: is("dev"),
            observed,
        },
        Command::RecordAttested {
            release: is("r1"),
            found: Vec::new(),
            gate: None,
        },
    ] {
        assert_eq!(Handed::of(&decided), None, "{decided:?}");
    }
    for unknown in ["{\"what\":\"commit\",\"promotion\":\"p1\"}", "{}"] {
        assert!(
            serde_json::from_str::<Handed>(unknown).is_err(),
            "{unknown}"
        );
    }
    let more = "{\"what\":\"step-begins\",\"promotion\":\"p1\",\"step\":0,\"actor\":\"user:eve\"}";
    assert!(serde_json::from_str::<Handed>(more).is_err(), "{more}");
}

#[test]
fn what_is_too_long_or_too_much_is_refused() {
    let long = "é".repeat(HANDED_CHARS_MAX + 1);
    let many = vec![1; HANDED_THINGS_MAX + 1];
    for (said, good) in [
        (ended(&long[2..], Vec::new()), true),
        (ended(&long, Vec::new()), false),
        (ended("", many), false),
        (seen(HANDED_THINGS_MAX - 6, ""), true),
        (seen(HANDED_THINGS_MAX, ""), false),
        (seen(1, &long), false),
    ] {
        let command = Handed::of(&said).unwrap().command();
        let refused = matches!(command, Err(Refusal::Invalid { .. }));
        assert_eq!((command.is_ok(), refused), (good, !good));
    }
}

#[test]
fn an_agent_works_where_its_labels_are_and_does_nothing_else() {
    let labelled = policy(vec![env("dev"), env("production").worked_by("prod-host")]);
    let other = policy(vec![env("dev"), env("production").worked_by("other")]);
    let plain = policy(vec![env("dev")]);
    let name: PipelineName = is("app");
    let agent = worker("edge-1");
    let labels = BTreeSet::from([is::<Label>("prod-host")]);
    let roles = ServerRoles {
        administrators: vec!["worker:edge-1".parse().unwrap()],
        auditors: vec!["worker:edge-1".parse().unwrap()],
        creators: vec!["worker:edge-1".parse().unwrap()],
        claimed: true,
    };
    let asker = Asker {
        labels: Some(&labels),
        administrator: true,
        ..Asker::unbound(&agent)
    };
    for action in Action::ALL {
        let asked = |policy| {
            let name = &name;
            decide(&asker, action, On::Pipeline { name, policy }, &roles)
        };
        let allowed = [Action::Read, Action::Work].contains(&action);
        assert_eq!(asked(Some(&labelled)).is_ok(), allowed, "{action:?}");
        for elsewhere in [Some(&other), Some(&plain), None] {
            let denied = asked(elsewhere);
            assert!(denied.is_err(), "{action:?}");
            if allowed {
                assert!(matches!(denied, Err(Denied::NotThere { .. })), "{action:?}");
            }
        }
        assert!(
            decide(&asker, action, On::Server, &roles).is_err(),
            "{action:?}"
        );
    }
}
