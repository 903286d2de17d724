//! `cargo xtask interop`: the product against what it has to work with: docker, compose, Debian's
//! docker-registry, skopeo.
//!
//! One file a peer, one a scenario. Everything is in one temporary folder and on loopback; what
//! was started is ended by its process id, whatever happens.

mod attestations;
mod cosign;
mod docker;
mod evidence;
mod image;
mod pipeline;
mod place;
mod report;
mod samples;
mod scenarios;
mod shop;
mod world;

use std::io::Write;

use self::report::Report;
use self::scenarios::SCENARIOS;
use self::world::World;

use crate::peers::packages;
use crate::peers::trouble::Trouble;

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
    packages::as_root()?;
    packages::install_missing(&packages::INTEROP, &mut |text| report.note(text))?;
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
