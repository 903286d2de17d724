//! What each kind of gate costs: production's gates are one of that kind, and a release waits there
//! in a pipeline with a long history.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use divan::Bencher;
use liftlock_core::decide::{NewOverride, Wanted};
use liftlock_core::freeze::{Scope, Until};
use liftlock_core::plan::{PlanRequest, verdicts};
use liftlock_core::policy::{Gates, OverrideRule};
use liftlock_core::promotion::Kind;
use liftlock_core::verdict::Answer;
use liftlock_core::{Command, Policy, Span, State, Time};
use serde_json::{Value, json};

use super::history::{History, actor, ci, is, name};
use super::policy;

/// 116,000 events.
const RELEASES: usize = 2_700;

/// What the verdict should be: a gate that says something else is not measured.
const KINDS: [(&str, Answer); 8] = [
    ("evidence: tests", Answer::Passed),
    ("evidence: scan, max, per image, fresh", Answer::Passed),
    ("approval: 3 persons", Answer::Passed),
    ("soak", Answer::Passed),
    ("window", Answer::Waiting),
    ("freeze", Answer::Waiting),
    ("after", Answer::Passed),
    ("override", Answer::Passed),
];

fn rule(kind: &str) -> Option<(&'static str, Value)> {
    let day = 86_400_000_000_u64;
    Some(match kind {
        "evidence: tests" => (
            "tests",
            json!({ "evidence": { "kind": "tests", "from": ["token:ci"], "max": {}, "fresh": null,
                "per": "release", "platforms": [] } }),
        ),
        "evidence: scan, max, per image, fresh" => (
            "scan",
            json!({ "evidence": { "kind": "scan", "from": ["token:ci"], "max": { "critical": 0 },
                "fresh": day, "per": "image", "platforms": [] } }),
        ),
        "approval: 3 persons" => (
            "board",
            json!({ "approval": { "by": ["leads"], "count": 3, "exclude": ["requester"],
                "expires": day } }),
        ),
        "soak" => (
            "soak",
            json!({ "soak": { "time": 600_000_000, "unobserved": false } }),
        ),
        "window" => (
            "hours",
            json!({ "window": { "days": ["mon"], "hours": ["09:00-09:01"],
                "timezone": "Europe/Berlin", "except": ["2026-12-21..2027-01-06"] } }),
        ),
        "override" => (
            "manual",
            json!({ "evidence": { "kind": "manual", "from": ["alice"], "max": {}, "fresh": null,
                "per": "release", "platforms": [] } }),
        ),
        _ => return None,
    })
}

/// The policy of the history, with other gates before production, and more people.
fn with_gate(kind: &str) -> Policy {
    let mut policy = policy();
    for person in ["carol", "dora"] {
        let identity = is(&format!("oidc:{person}@example.com"));
        policy.people.insert(is(person), [identity].into());
        let leads = policy.groups.get_mut(&is("leads")).unwrap();
        leads.push(serde_json::from_value(json!(person)).unwrap());
    }
    let environment = policy.environments.last_mut().unwrap();
    environment.gates = match rule(kind) {
        None => Gates::None,
        Some((name, rule)) => {
            let gates = json!({ "all": [{ "name": name, "rule": rule }] });
            serde_json::from_value(gates).unwrap()
        }
    };
    environment.overrides = Some(OverrideRule {
        by: vec![serde_json::from_value(json!("leads")).unwrap()],
        max: is::<Span>("1d"),
    });
    policy
}

fn person(name: &str) -> liftlock_core::Actor {
    actor(&format!("oidc:{name}@example.com"))
}

fn prepare(history: &mut History, kind: &str) {
    let policy = Box::new(with_gate(kind));
    assert_eq!(policy.problems(), [], "{kind}");
    history.run(&Command::Adopt { policy }, &person("alice"));
    let (release, environment) = (name(RELEASES), is("production"));
    match kind {
        "approval: 3 persons" => {
            for by in ["bob", "carol", "dora"] {
                history.approve(&release, &person(by));
            }
        }
        "freeze" => {
            let freeze = Command::Freeze {
                scope: Scope::Environment(environment),
                until: Until::For(is("1d")),
                reason: "a holiday".to_owned(),
            };
            history.run(&freeze, &person("alice"));
        }
        "override" => {
            let observed = history.observe(&release, "production");
            let new = NewOverride {
                wanted: Wanted {
                    release,
                    environment,
                    older: false,
                    again: false,
                },
                gate: is("manual"),
                lasts: None,
                reason: "the fire is out".to_owned(),
            };
            history.run(
                &Command::RequestOverride { new, observed },
                &person("alice"),
            );
            let id = history.state.overrides.last().unwrap().content.id;
            history.run(&Command::ConfirmOverride { id }, &person("bob"));
        }
        _ => {}
    }
}

/// The state in which a gate of this kind is asked, made once.
fn asked(kind: &str) -> (State, Time) {
    static BASE: OnceLock<Mutex<BTreeMap<String, (State, Time)>>> = OnceLock::new();
    let mut made = BASE.get_or_init(Mutex::default).lock().unwrap();
    let made = made.entry(kind.to_owned()).or_insert_with(|| {
        let mut history = super::history(RELEASES).clone();
        prepare(&mut history, kind);
        (history.state, history.now)
    });
    made.clone()
}

#[divan::bench(args = KINDS.map(|(kind, _)| kind))]
fn verdict_of_a_gate(bencher: Bencher<'_, '_>, kind: &str) {
    let (state, now) = asked(kind);
    let (release, environment, by) = (name(RELEASES), is("production"), ci());
    let request = PlanRequest {
        release: &release,
        environment: &environment,
        kind: Kind::Promote,
        older: false,
        promotion: state.open_promotion(&release, &environment),
        requester: &by,
    };
    let found = verdicts(&state, &request, now).unwrap();
    let (_, expected) = KINDS.iter().find(|(known, _)| *known == kind).unwrap();
    let of_kind = kind.split(':').next().unwrap();
    let found = found.iter().find(|verdict| match of_kind {
        "override" => verdict.overridden.is_some(),
        of_kind => verdict.kind == of_kind,
    });
    assert_eq!(
        found.map(|verdict| verdict.answer),
        Some(*expected),
        "{kind}: {found:?}"
    );
    bencher.bench_local(|| verdicts(&state, &request, now).unwrap());
}
