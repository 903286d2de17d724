//! The stories of the golden streams of what is seen while a release is current.

use liftlock_core::policy::{Environment, Policy};

use crate::actors::{oidc, token};
use crate::build::{digest, env, is, policy, repository, soak, with_web};
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
