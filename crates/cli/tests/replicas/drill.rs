//! Servers are killed and paused while promotions go through them.
//!
//! A few rounds by default; `LIFTLOCK_REPLICA_ROUNDS=60 cargo test -p liftlock-cli --test replicas
//! drill -- --nocapture` makes more of each.

use std::io::Write as _;
use std::time::Duration;

use liftlock_testkit::Postgres;

use crate::chance::{Chance, rounds};
use crate::fleet::Fleet;
use crate::shops::Shops;

const PIPELINES: usize = 3;

/// What happens to the servers.
struct Hardship {
    /// The longest time between two looks; at one look in six a server is killed, at one paused.
    look_ms: u64,
    /// How long one is paused, at least and at most.
    pause_ms: (u64, u64),
    /// How many rounds there are where nobody says.
    rounds: usize,
}

/// Leases of a file are locks: free at once.
const ON_A_FILE: Hardship = Hardship {
    look_ms: 400,
    pause_ms: (500, 3000),
    rounds: 4,
};

/// Leases of a database expire after half a minute, which a paused server does not notice.
const ON_A_DATABASE: Hardship = Hardship {
    look_ms: 1500,
    pause_ms: (31_000, 34_000),
    rounds: 2,
};

/// Promotions go through while servers are killed and paused for longer than anything is held.
fn drill(state: &str, replicas: usize, (seed, hardship): (u64, &Hardship)) {
    let mut shops = Shops::new(state, PIPELINES);
    shops.build();
    let mut fleet = Fleet::start(&shops.world, state, replicas);
    let mut chance = Chance(seed);
    let (mut killed, mut paused) = (0, 0);
    for round in 0..rounds(hardship.rounds) {
        if round > 0 {
            shops.build();
        }
        let mut looks = 0;
        while !shops.are_through() {
            looks += 1;
            assert!(looks < 600, "round {round} does not come to its end");
            std::thread::sleep(Duration::from_millis(chance.below(hardship.look_ms)));
            let place = chance.below(fleet.count() as u64) as usize;
            // Each round begins with one or the other.
            let drawn = chance.below(6);
            match if looks == 1 { round as u64 % 2 } else { drawn } {
                0 => {
                    fleet.replace(&shops.world, place);
                    killed += 1;
                }
                1 => {
                    fleet.of(place).signal("STOP");
                    let pause = chance.between(hardship.pause_ms);
                    std::thread::sleep(Duration::from_millis(pause));
                    fleet.of(place).signal("CONT");
                    paused += 1;
                }
                _ => {}
            }
        }
    }
    shops.judge();
    fleet.stop();
    shops.judge();
    let mut said = std::io::stdout();
    let _ = writeln!(
        said,
        "{replicas} replicas: {killed} killed, {paused} paused"
    );
}

#[test]
fn two_servers_on_one_file_do_each_promotion_once() {
    drill(".liftlock/state.db", 2, (1, &ON_A_FILE));
}

#[test]
fn three_servers_on_one_file_do_each_promotion_once() {
    drill(".liftlock/state.db", 3, (2, &ON_A_FILE));
}

#[test]
fn three_servers_on_one_database_do_each_promotion_once() {
    let database = Postgres::shared().database();
    drill(&database, 3, (3, &ON_A_DATABASE));
}
