//! The first release of an empty environment is broken.

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::trouble::Trouble;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let repository = format!("{}/first", world.registry.host);
    let first = Pipeline::ungated(world, "first", &repository, true)?;
    let reference = first.at("build-3");
    world.v1_2.push(&reference)?;
    let outcome = first.types("ci", &format!("promote {reference} --to staging"))?;
    let why = ["nothing to return to", "incident", "404"];
    report.ended("there is nothing to return to", &outcome, 1, &why);
    let outcome = first.types("ci", "status")?;
    report.ended("status shows the incident", &outcome, 0, &["incident"]);
    let outcome = first.types("ci", "history")?;
    let history = ["failed, nothing to return to"];
    report.ended("history says so", &outcome, 0, &history);

    let reference = first.at("build-4");
    world.v1_1.push(&reference)?;
    let outcome = first.types("ci", &format!("promote {reference} --to staging"))?;
    report.ended(
        "the next release mends it",
        &outcome,
        0,
        &["build-4 is in staging"],
    );
    super::state::runs(report, &first, &first.staging, &world.v1_1)
}
