//! What is drawn, and how often.

const ROUNDS: &str = "LIFTLOCK_REPLICA_ROUNDS";

/// A linear congruential generator (constants of Knuth's MMIX).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// At least one, and less than the other.
    pub(crate) fn between(&mut self, (least, most): (u64, u64)) -> u64 {
        least + self.below(most - least)
    }
}

/// How many rounds a drill has, where nobody says.
pub(crate) fn rounds(usual: usize) -> usize {
    let given = std::env::var(ROUNDS).ok();
    given.map_or(usual, |given| given.parse().expect("a number"))
}
