//! The process is killed at any instant, and the one that carries on, too.

use std::time::{Duration, Instant};

use crate::bad_release::carried_back;
use crate::good_release::carried_on;
use crate::shop::{Kind, Shop};

/// A linear congruential generator (constants of Knuth's MMIX): the same instants in each run, as
/// far as that is possible.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        limit.mul_f64((self.0 >> 32) as f64 / f64::from(u32::MAX))
    }
}

/// Starts the binary, and kills it after a while, if it still runs then.
fn killed_after(shop: &Shop, arguments: &[&str], delay: Duration) {
    let process = shop.start(arguments);
    std::thread::sleep(delay);
    process.kill();
}

fn rounds(kind: Kind, seed: u64) {
    let mut chance = Chance(seed);
    let (mut shop, _) = Shop::new(kind);
    let mut current = shop.release();
    let started = Instant::now();
    shop.must(&["promote", &current.name, "--to", "staging"], &[0]);
    let limit = started.elapsed();
    for round in 0..8 {
        let new = shop.release();
        let bad = round % 2 == 1;
        shop.world.bad(if bad { &new.name } else { "" });
        let (first, second) = (chance.below(limit), chance.below(limit));
        let case = format!("{kind:?}, round {round}: killed after {first:?} and {second:?}");
        killed_after(&shop, &["promote", &new.name, "--to", "staging"], first);
        killed_after(&shop, &["tick"], second);
        if bad {
            carried_back(&shop, (&current, &new), &case);
        } else {
            carried_on(&shop, (&current, &new), &case);
            current = new;
        }
    }
}

#[test]
fn where_it_is_deployed() {
    rounds(Kind::Deployed, 1);
}

#[test]
fn where_it_is_only_tagged() {
    rounds(Kind::Tagged, 2);
}
