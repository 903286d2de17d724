//! A promotion within one repository, in each of the registries.

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use super::state;
use crate::peers::registry::Registry;
use crate::peers::software::{Access, Software};
use crate::peers::trouble::Trouble;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    for software in world.software(report)? {
        promotes(world, report, &software)?;
    }
    Ok(())
}

fn promotes(world: &World, report: &mut Report<'_>, software: &Software) -> Result<(), Trouble> {
    let name = software.name();
    report.note(&format!("-- {name}"));
    let registry = Registry::start(
        &world.folder,
        &format!("within-{name}"),
        software,
        Access::Everybody,
    )?;
    let repository = format!("{}/team/shop", registry.host);
    let shop = Pipeline::ungated(world, &format!("shop-{name}"), &repository, false)?;
    let (image, reference) = (&world.v1_0, shop.at("build-1"));
    image.push(&reference)?;
    let outcome = shop.types("ci", &format!("promote {reference} --to staging"))?;
    let said = ["build-1 is in staging", &image.digest];
    report.ended("promote moves the tag", &outcome, 0, &said);
    state::tagged(report, &shop, &["staging", "keep-build-1"], image)
}
