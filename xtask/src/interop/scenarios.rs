//! The scenarios, in the order in which they are played.

mod admissions;
mod agent;
mod air_gap;
mod application;
mod attestations;
mod bad_peers;
mod bulk_tags;
mod checks;
mod compose_2;
mod conformance;
mod copies;
mod drift;
mod embedded_registry;
mod engine_away;
mod fan_out;
mod first_release_broken;
mod gitops;
mod guide;
mod hooks;
mod identity;
mod interrupted_copy;
mod postgres;
mod production;
mod publishing;
mod readme_server;
mod regions;
mod registries;
mod requests;
mod rollback;
mod sample;
mod signed_copies;
mod staging;
mod state;
mod team_server;
mod upgrade;
mod watching;

use std::time::Duration;

use super::report::Report;
use super::world::World;
use crate::peers::trouble::Trouble;

/// How long a registry may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// One scenario.
pub(super) struct Scenario {
    /// What to call it on the command line.
    pub(super) name: &'static str,
    /// Plays it. What does not hold is in the report; an error is what kept it from being played.
    pub(super) run: fn(&World, &mut Report<'_>) -> Result<(), Trouble>,
}

/// All of them.
pub(super) const SCENARIOS: [Scenario; 31] = [
    Scenario {
        name: "application",
        run: application::run,
    },
    Scenario {
        name: "guide",
        run: guide::run,
    },
    Scenario {
        name: "first-release-broken",
        run: first_release_broken::run,
    },
    Scenario {
        name: "compose-2",
        run: compose_2::run,
    },
    Scenario {
        name: "watching",
        run: watching::run,
    },
    Scenario {
        name: "engine-away",
        run: engine_away::run,
    },
    Scenario {
        name: "fan-out",
        run: fan_out::run,
    },
    Scenario {
        name: "gitops",
        run: gitops::run,
    },
    Scenario {
        name: "checks",
        run: checks::run,
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
    Scenario {
        name: "copies",
        run: copies::run,
    },
    Scenario {
        name: "signed-copies",
        run: signed_copies::run,
    },
    Scenario {
        name: "admissions",
        run: admissions::run,
    },
    Scenario {
        name: "air-gap",
        run: air_gap::run,
    },
    Scenario {
        name: "attestations",
        run: attestations::run,
    },
    Scenario {
        name: "publishing",
        run: publishing::run,
    },
    Scenario {
        name: "interrupted-copy",
        run: interrupted_copy::run,
    },
    Scenario {
        name: "regions",
        run: regions::run,
    },
    Scenario {
        name: "bulk-tags",
        run: bulk_tags::run,
    },
    Scenario {
        name: "hooks",
        run: hooks::run,
    },
    Scenario {
        name: "requests",
        run: requests::run,
    },
    Scenario {
        name: "identity",
        run: identity::run,
    },
    Scenario {
        name: "team-server",
        run: team_server::run,
    },
    Scenario {
        name: "agent",
        run: agent::run,
    },
    Scenario {
        name: "postgres",
        run: postgres::run,
    },
    Scenario {
        name: "upgrade",
        run: upgrade::run,
    },
    Scenario {
        name: "readme-server",
        run: readme_server::run,
    },
    Scenario {
        name: "conformance",
        run: conformance::run,
    },
];
