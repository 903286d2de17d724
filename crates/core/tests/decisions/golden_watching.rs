//! The stories of the golden streams of what is seen while a release is current.

use liftlock_core::decide::StepResult;
use liftlock_core::policy::{Environment, Policy};
use liftlock_core::{Command, PromotionId};

use crate::actors::{oidc, token, worker};
use crate::build::{digest, env, is, policy, repository, soak, span, with_web};
use crate::world::World;

/// Staging, deployed and checked, and production, which wants it to soak.
fn pipeline(change: fn(&mut Environment)) -> Policy {
    let staging = env("staging").deploys().checked();
    let production = env("production").after("staging").gate("soak", soak("1h"));
    let mut policy = with_web(policy(vec![staging, production]));
    change(&mut policy.environments[0]);
    policy
}

/// Someone moves a tag, takes one away, and deploys by hand, and something is gone from the
/// registry; that is repaired. A second time someone puts it right, and its check passes later.
pub(crate) fn drift() -> World {
    let mut world = World::with(pipeline(|_| {}));
    world.release("r1");
    world.promote("r1", "staging");
    let by_hand = |world: &mut World, key: &str, content: &str| {
        let running = world.running.get_mut(&is("staging")).unwrap();
        running.insert(is(key), digest(content));
    };
    world.meddle(&repository("api"), &is("staging"));
    world.look_at("staging", &token("ci")).unwrap();
    world.tags.remove(&(repository("web"), is("staging")));
    by_hand(&mut world, "web", "by hand");
    let pinned = world.state.releases[&is("r1")].content.pinned();
    world.gone.insert(pinned[&is("web")].clone());
    world.look_at("staging", &token("ci")).unwrap();
    world.gone.clear();
    world.repair("staging", &oidc("bob")).unwrap();
    world.tick();
    by_hand(&mut world, "api", "by hand");
    world.look_at("staging", &token("ci")).unwrap();
    by_hand(&mut world, "api", "api r1");
    let seen = world.seen("staging", false);
    world.note("staging", seen, &token("ci")).unwrap();
    world.look_at("staging", &token("ci")).unwrap();
    world
}

/// A watched check fails and passes again; later an incident by hand brings the release before
/// back, and another one there has nobody but a person to act. A promotion whose tags cannot be
/// put back is given up.
pub(crate) fn watch() -> World {
    let staging = env("staging").deploys().checked().watched("1m");
    let staging = staging.without_gaps().rolls_back_within("2h").auto();
    let plain = env("plain").checked();
    let mut world = World::with(policy(vec![staging, plain]));
    for name in ["r1", "r2"] {
        world.release(name);
        world.promote(name, "staging");
    }
    world.look_at("staging", &token("ci")).unwrap();
    world.fails("staging", &token("ci")).unwrap();
    world.pass(span("5m"));
    world.look_at("staging", &token("ci")).unwrap();
    world.pass(span("10m"));
    let says = |world: &mut World, reason: &str| {
        let open = Command::OpenIncident {
            environment: is("staging"),
            reason: reason.to_owned(),
        };
        world.go(&open, &oidc("alice")).unwrap();
    };
    says(&mut world, "orders fail");
    world.returns("staging", &token("ci")).unwrap();
    world.tick();
    says(&mut world, "orders still fail");
    world.promote("r1", "plain");
    let id = PromotionId(world.ask("r2", "plain"));
    assert!(world.commit(id, &token("ci")));
    for (step, done) in [(0, true), (1, true), (2, false)] {
        let promotion = id;
        let start = Command::StartStep { promotion, step };
        world.go(&start, &token("ci")).unwrap();
        let result = StepResult {
            done,
            summary: "as it went".to_owned(),
            output: None,
        };
        let end = Command::EndStep {
            promotion,
            step,
            result,
            stopped: Vec::new(),
        };
        world.go(&end, &token("ci")).unwrap();
    }
    let cancel = Command::Cancel {
        release: is("r2"),
        environment: is("plain"),
        reason: "the registry is gone".to_owned(),
    };
    world.go(&cancel, &oidc("alice")).unwrap();
    world
}

/// A worker carries out what was asked for, asks for what goes in by itself, sees that it is not
/// well, and returns.
pub(crate) fn workers() -> World {
    let staging = env("staging").deploys().checked().watched("1m");
    let staging = staging.without_gaps().rolls_back_within("2h").auto();
    let mut world = World::with(policy(vec![staging]));
    world.ticked_by = worker("one");
    world.release("r1");
    world.promote("r1", "staging");
    world.release("r2");
    world.takes("staging").unwrap();
    world.look_at("staging", &worker("one")).unwrap();
    world.pass(span("5m"));
    world.fails("staging", &worker("two")).unwrap();
    world.returns("staging", &worker("two")).unwrap();
    world.tick();
    world.look_at("staging", &worker("two")).unwrap();
    world
}

/// One of three checks fails: one beside it was over, the other is stopped.
pub(crate) fn stopped() -> World {
    let mut policy = policy(vec![env("staging").deploys().checked()]);
    let checks = &mut policy.environments[0].checks;
    for name in ["load", "errors"] {
        let mut check = checks[0].clone();
        check.name = is(name);
        checks.push(check);
    }
    let mut world = World::with(policy);
    world.release("r1");
    let promotion = PromotionId(world.ask("r1", "staging"));
    assert!(world.commit(promotion, &token("ci")));
    let mut go = |step, done: Option<bool>, stopped: &[u32]| {
        let command = match done {
            None => Command::StartStep { promotion, step },
            Some(done) => Command::EndStep {
                promotion,
                step,
                result: StepResult {
                    done,
                    summary: "as it went".to_owned(),
                    output: None,
                },
                stopped: stopped.to_vec(),
            },
        };
        world.go(&command, &token("ci")).unwrap();
    };
    for step in 0..3 {
        go(step, None, &[]);
        go(step, Some(true), &[]);
    }
    for step in 3..6 {
        go(step, None, &[]);
    }
    go(3, Some(true), &[]);
    go(5, Some(false), &[4]);
    world
}

/// r1 is watched, with a night in which nobody looked, displaced by r2, and comes back; it goes to
/// production once an hour was looked at.
pub(crate) fn gaps() -> World {
    let mut world = World::with(pipeline(|staging| {
        let checks = &mut staging.checks;
        checks.iter_mut().for_each(|c| c.every = Some(span("10m")));
        staging.gap_max = liftlock_core::watching::gap_max(checks);
    }));
    for name in ["r1", "r2"] {
        world.release(name);
    }
    world.promote("r1", "staging");
    world.watches("staging", 1, span("10m"));
    world.pass(span("9h"));
    world.watches("staging", 2, span("5m"));
    world.promote("r2", "staging");
    world.observes("staging", false);
    world.watches("staging", 1, span("10m"));
    world.pass(span("2h"));
    let wanted = liftlock_core::decide::Wanted {
        older: true,
        ..crate::world::wanted("r1", "staging")
    };
    world.request(wanted, &token("ci")).unwrap();
    world.tick();
    world.watches("staging", 2, span("10m"));
    world.promote("r1", "production");
    world
}
