//! At least once, in order, none lost: the sender on a simulated store, clock and network, with
//! faults from a seed. `LIFTLOCK_HOOKS_SEED` plays one again, `LIFTLOCK_HOOKS_SEEDS` plays so many.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod chance;
mod judge;
mod memory;
mod network;
mod world;

use std::time::Duration;

use world::World;

/// How many seeds are played where nothing else is said.
const SEEDS: u64 = 10;

#[test]
fn each_message_comes_at_least_once_and_in_order_whatever_fails() {
    let named = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seeds = match (named("LIFTLOCK_HOOKS_SEED"), named("LIFTLOCK_HOOKS_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, count) => 0..count.unwrap_or(SEEDS),
    };
    let mut seen = judge::Seen::default();
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let outcome = runtime.block_on(play(seed));
        seen.add(&outcome.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}")));
    }
    println!("{seen:?}");
    assert!(seen.is_worth_it(), "{seen:?}");
}

async fn play(seed: u64) -> Result<judge::Seen, String> {
    let world = World::new(seed);
    for _ in 0..world.chance.up_to(12) + 3 {
        world.record();
        // The sender is killed somewhere, or told to end.
        let lives = Duration::from_millis(world.chance.up_to(90_000));
        world.send_for(lives).await;
    }
    world.record_rest();
    world.network.heal();
    world.send_until_all_is_sent().await?;
    judge::judge(&world)
}
