//! Years of the real engine in seconds. Store, registries, deployers and clocks are simulated;
//! everything that goes wrong, and who goes on next at every await, is drawn from a seed. A judge
//! who knows none of the product's rules looks at every entry and every effect.
//!
//! Deterministic simulation as FoundationDB does it (Zhou et al., "FoundationDB: A Distributed
//! Unbundled Transactional Key Value Store", SIGMOD 2021, section 4).

mod absences;
mod clocks;
mod faults;
mod generate;
mod judge;
mod life;
mod machines;
mod ports;
mod process;
mod random;
mod records;
mod registry;
mod run;
mod scheduler;
mod statistics;
mod strangers;
mod tell;
mod time;
mod world;

pub use run::{Outcome, run};
pub use statistics::Statistics;
