//! The scenarios, in the order in which they are played.

mod application;
mod bad_peers;
mod drift;
mod embedded_registry;
mod first_release_broken;
mod production;
mod registries;
mod rollback;
mod sample;
mod staging;
mod state;

use super::report::Report;
use super::world::World;
use crate::peers::trouble::Trouble;

/// One scenario.
pub(super) struct Scenario {
    /// What to call it on the command line.
    pub(super) name: &'static str,
    /// Plays it. What does not hold is in the report; an error is what kept it from being played.
    pub(super) run: fn(&World, &mut Report<'_>) -> Result<(), Trouble>,
}

/// All of them.
pub(super) const SCENARIOS: [Scenario; 6] = [
    Scenario {
        name: "application",
        run: application::run,
    },
    Scenario {
        name: "first-release-broken",
        run: first_release_broken::run,
    },
    Scenario {
        name: "bad-peers",
        run: bad_peers::run,
    },
    Scenario {
        name: "sample",
        run: sample::run,
    },
    Scenario {
        name: "registries",
        run: registries::run,
    },
    Scenario {
        name: "embedded-registry",
        run: embedded_registry::run,
    },
];
