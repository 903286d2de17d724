//! `cargo xtask interop`: the product against what it has to work with: docker, compose, Debian's
//! docker-registry, skopeo.
//!
//! One file a peer, one a scenario. Everything is in one temporary folder and on loopback; what
//! was started is ended by its process id, whatever happens.

mod background;
mod build;
mod busybox;
mod docker;
mod evidence;
mod folder;
mod http;
mod image;
mod packages;
mod pipeline;
mod ports;
mod program;
mod registry;
mod report;
mod scenarios;
mod skopeo;
mod trouble;
mod world;

use std::io::Write;

use self::report::Report;
use self::scenarios::SCENARIOS;
use self::world::World;

pub(crate) use self::trouble::Trouble;

/// Runs the scenarios whose names begin with one of `only`, or all of them. Whether every check
/// passed.
pub(crate) fn run(out: &mut impl Write, only: &[&str]) -> Result<bool, Trouble> {
    let chosen = |name: &str| only.is_empty() || only.iter().any(|o| name.starts_with(o));
    let scenarios: Vec<_> = SCENARIOS.iter().filter(|s| chosen(s.name)).collect();
    let means_one = |o: &&&str| SCENARIOS.iter().any(|s| s.name.starts_with(**o));
    if only.iter().filter(means_one).count() < only.len() {
        let names: Vec<_> = SCENARIOS.iter().map(|s| s.name).collect();
        return Err(Trouble::NoScenario(names.join(", ")));
    }
    let mut report = Report::new(out);
    packages::install_missing(&mut report)?;
    let world = World::start(&mut report)?;
    for scenario in scenarios {
        report.heading(scenario.name);
        if let Err(trouble) = (scenario.run)(&world, &mut report) {
            report.broke(scenario.name, &trouble);
        }
    }
    world.stop(&mut report)?;
    Ok(report.finish())
}
