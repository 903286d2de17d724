//! Servers are killed and paused while promotions go through them.
//!
//! A few rounds by default; `LIFTLOCK_REPLICA_ROUNDS=60 cargo test -p liftlock-cli --test replicas
//! drill -- --nocapture` makes more of each.

use std::io::Write as _;
use std::time::Duration;

use crate::fleet::Fleet;
use crate::shops::Shops;

const ROUNDS: &str = "LIFTLOCK_REPLICA_ROUNDS";
const ROUNDS_DEFAULT: usize = 4;
const PIPELINES: usize = 3;

/// A linear congruential generator (constants of Knuth's MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn rounds() -> usize {
    let given = std::env::var(ROUNDS).ok();
    given.map_or(ROUNDS_DEFAULT, |given| given.parse().expect("a number"))
}

/// Promotions go through while servers are killed and paused for longer than anything holds a lock.
fn drill(state: &str, replicas: usize, seed: u64) {
    let mut shops = Shops::new(state, PIPELINES);
    shops.build();
    let mut fleet = Fleet::start(&shops.world, state, replicas);
    let mut chance = Chance(seed);
    let (mut killed, mut paused) = (0, 0);
    for round in 0..rounds() {
        if round > 0 {
            shops.build();
        }
        let mut looks = 0;
        while !shops.are_through() {
            looks += 1;
            assert!(looks < 600, "round {round} does not come to its end");
            std::thread::sleep(Duration::from_millis(chance.below(400)));
            let place = chance.below(fleet.count() as u64) as usize;
            match chance.below(6) {
                0 => {
                    fleet.replace(&shops.world, place);
                    killed += 1;
                }
                1 => {
                    fleet.of(place).signal("STOP");
                    std::thread::sleep(Duration::from_millis(500 + chance.below(2500)));
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
    drill(".liftlock/state.db", 2, 1);
}

#[test]
fn three_servers_on_one_file_do_each_promotion_once() {
    drill(".liftlock/state.db", 3, 2);
}
