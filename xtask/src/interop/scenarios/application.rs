//! One application over three versions: each part starts where the one before left it.

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use super::{drift, production, rollback, staging};
use crate::peers::trouble::Trouble;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let shop = Pipeline::new(world, "shop")?;
    report.heading("staging");
    staging::play(report, &shop)?;
    report.heading("production");
    production::play(report, &shop)?;
    report.heading("rollback");
    rollback::play(report, &shop)?;
    report.heading("drift");
    drift::play(report, &shop)
}
