//! An environment that names a label is carried out by workers with that label alone; whatever
//! others ask for there, they ask for as before.

use liftlock_core::decide::{Seen, StepResult};
use liftlock_core::observed::Observed;
use liftlock_core::promotion::Kind;
use liftlock_core::{
    Command, EnvironmentName, Label, Labels, PromotionId, Refusal, demand_labels, sighting,
};

use crate::actors::{oidc, token, worker};
use crate::authority::{TABLE, command, gated, prepared};
use crate::build::{claimed, env, is, policy};
use crate::world::{World, dawn};

fn these(labels: &[&str]) -> Labels {
    Labels::These(labels.iter().map(|label| is::<Label>(label)).collect())
}

/// Production is carried out by `prod-host`; a promotion is being carried out in both.
fn at_work() -> World {
    let production = env("production").after("dev").worked_by("prod-host");
    let dev = env("dev").deploys().checked();
    let mut world = World::with(policy(vec![dev, production.deploys().checked()]));
    world.release("r1");
    world.ask("r1", "dev");
    world.ticked_by = worker("one");
    world.tick();
    world.release("r2");
    world.ask("r2", "dev");
    world.ask("r1", "production");
    for id in [2, 3] {
        assert!(world.commit(PromotionId(id), &worker("one")), "{id}");
    }
    world
}

fn carrying_out(id: u64, environment: &str) -> Vec<Command> {
    let promotion = PromotionId(id);
    let environment: EnvironmentName = is(environment);
    let observed = Observed::default();
    let result = StepResult {
        done: true,
        summary: String::new(),
        output: None,
    };
    vec![
        Command::Commit {
            promotion,
            observed: observed.clone(),
        },
        Command::StartStep { promotion, step: 0 },
        Command::EndStep {
            promotion,
            step: 0,
            result,
            stopped: Vec::new(),
        },
        Command::GiveUp {
            promotion,
            reason: "because".to_owned(),
        },
        Command::Return {
            environment: environment.clone(),
            observed: observed.clone(),
        },
        Command::NoteDrift {
            environment,
            seen: Seen {
                from: 1,
                observed,
                partly: false,
                passed: std::collections::BTreeSet::new(),
                failed: std::collections::BTreeMap::new(),
            },
        },
    ]
}

#[test]
fn only_who_has_the_label_carries_out() {
    const LABELS: [&str; 5] = ["prod-host", "prod", "host", "Prod-Host", "eu"];
    let world = at_work();
    for set in 0..1 << LABELS.len() {
        let has = (0..LABELS.len()).filter(|n| set & (1 << n) != 0);
        let has: Vec<_> = has.map(|n| LABELS[n]).collect();
        let labels = these(&has);
        for command in carrying_out(2, "dev") {
            assert_eq!(demand_labels(&world.state, &command, &labels), Ok(()));
        }
        for command in carrying_out(3, "production") {
            let demanded = demand_labels(&world.state, &command, &labels);
            let refused = matches!(demanded, Err(Refusal::Elsewhere { .. }));
            assert_eq!(refused, !has.contains(&"prod-host"), "{has:?} {command:?}");
            assert_eq!(demand_labels(&world.state, &command, &Labels::All), Ok(()));
        }
    }
}

#[test]
fn what_others_ask_for_is_for_its_own_rule_alone() {
    let mut labelled = claimed(gated());
    for environment in &mut labelled.environments {
        environment.worker = Some(is("prod-host"));
    }
    let world = prepared(labelled);
    for (name, ..) in TABLE {
        let asked = command(&world, name);
        assert_eq!(
            demand_labels(&world.state, &asked, &these(&[])),
            Ok(()),
            "{name}"
        );
    }
}

#[test]
fn what_was_begun_is_finished_by_the_workers_that_it_was_begun_by() {
    let mut world = at_work();
    let production: EnvironmentName = is("production");
    let moved = |world: &mut World, label: Option<&str>| {
        let mut policy = world.state.policy().unwrap().clone();
        policy.environments[1].worker = label.map(is);
        world.adopt(policy, &oidc("alice")).unwrap();
        world.state.worker_of(&production).cloned()
    };
    // Nothing has acted yet: it is decided again, by those whom the policy says now.
    assert_eq!(moved(&mut world, Some("other")), Some(is("other")));
    assert_eq!(moved(&mut world, Some("prod-host")), Some(is("prod-host")));
    let acts = world.promotion(3).plan.as_ref().unwrap();
    let acts = acts.steps.iter().position(|step| step.acts()).unwrap() as u32;
    for step in 0..=acts {
        let promotion = PromotionId(3);
        let start = Command::StartStep { promotion, step };
        world.go(&start, &worker("one")).unwrap();
        if step < acts {
            let [_, _, end, ..] = &carrying_out(3, "production")[..] else {
                unreachable!()
            };
            let mut end = end.clone();
            if let Command::EndStep { step: at, .. } = &mut end {
                *at = step;
            }
            world.go(&end, &worker("one")).unwrap();
        }
    }
    assert_eq!(moved(&mut world, Some("other")), Some(is("prod-host")));
    assert_eq!(moved(&mut world, None), Some(is("prod-host")));
}

#[test]
fn a_label_is_part_of_the_policy_and_of_the_plan() {
    let mut with = policy(vec![env("production")]);
    let without = with.clone();
    with.environments[0].worker = Some(is("prod-host"));
    let production = is("production");
    assert_ne!(with.digest(), without.digest());
    let digests = [&with, &without].map(|policy| policy.environment_digest(&production));
    assert_ne!(digests[0], digests[1]);
    let text = serde_json::to_string(&without).unwrap();
    assert!(
        !text.contains("worker"),
        "an old policy keeps its digest: {text}"
    );

    let mut world = World::with(with);
    world.release("r1");
    world.ask("r1", "production");
    assert!(world.commit(PromotionId(1), &token("ci")));
    let plan = world.promotion(1).plan.as_ref().unwrap();
    assert_eq!(plan.worker, Some(is("prod-host")));
    assert_eq!(plan.kind, Kind::Promote);
}

#[test]
fn whether_a_worker_is_there_is_said_in_words_that_stay() {
    let now = dawn();
    let ago = |seconds| Some(now - liftlock_core::Span::from_secs(seconds));
    assert_eq!(sighting(None, now), "none has been seen");
    assert_eq!(sighting(ago(0), now), sighting(ago(60), now));
    assert_eq!(
        sighting(ago(600), now),
        "none has been seen since 2026-03-01T07:50:00Z"
    );
}

#[test]
fn an_agent_works_where_its_label_is_named_and_nowhere_else() {
    let world = at_work();
    let reach = |labels: &Labels, environment: &str| {
        let environment: EnvironmentName = is(environment);
        labels.reach(&world.state, &environment)
    };
    let own = |label: &str| Labels::Own([is::<Label>(label)].into());
    assert!(reach(&own("prod-host"), "production") && !reach(&own("prod-host"), "dev"));
    assert!(!reach(&own("other"), "production") && !reach(&own("other"), "dev"));
    assert!(!reach(&these(&[]), "production") && reach(&these(&[]), "dev"));
    assert!(reach(&Labels::All, "production") && reach(&Labels::All, "dev"));
}
