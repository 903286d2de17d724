//! A copy that is killed in the middle of a layer, and begun again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::super::place::{Place, read_whole};
use super::super::report::Report;
use super::super::samples::{Sample, TAG};
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::http;
use crate::peers::trouble::Trouble;

/// Large enough to be in the middle of it when it is looked at.
const LAYER_BYTES: u64 = 150_000_000;
/// What has to have arrived, and less than all of it: the middle.
const ARRIVED_BYTES: u64 = 20_000_000;
/// Until that much has arrived.
const WITHIN: Duration = Duration::from_secs(60);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let places = Place::all(world, "interrupted", report)?;
    let sample = Sample::single(&world.folder, "large", LAYER_BYTES)?;
    let source = places[0].image(sample.name, TAG);
    places[0].seed(&sample)?;
    for to in places.iter().skip(1) {
        // A tar file is written beside its place and moved there as a whole.
        let target = to.image("interrupted", "copy");
        killed(world, report, to, &source, &target)?;
        let outcome = world
            .liftlock(&["image", "copy", &source, &target])?
            .run()?;
        let what = format!("{}: the same again succeeds", to.name());
        report.ended(&what, &outcome, 0, &[&sample.digest]);
        let found = read_whole(world, &sample, to, "interrupted", "copy")?;
        let what = format!("{}: skopeo reads all of it", to.name());
        report.equal(&what, sample.digest.clone(), found);
        let outcome = world.liftlock(&["image", "verify", &target])?.run()?;
        let what = format!("{}: image verify", to.name());
        report.ended(&what, &outcome, 0, &[]);
    }
    Ok(())
}

/// Kills a copy once a part of the layer has arrived.
fn killed(
    world: &World,
    report: &mut Report<'_>,
    to: &Place,
    source: &str,
    target: &str,
) -> Result<(), Trouble> {
    let name = to.name();
    let program = world.liftlock.display().to_string();
    let words = [program.as_str(), "image", "copy", source, target];
    let folder = to.folder();
    let before = size(folder);
    let place = world.folder.path();
    let log = place.join(format!("interrupted-{name}.log"));
    let mut copying = Background::start(&words, place, &variables(&world.folder)?, &log)?;
    let arrived = copying.until(WITHIN, |_| {
        let arrived = size(folder).saturating_sub(before);
        (arrived > ARRIVED_BYTES).then_some(arrived)
    })?;
    copying.kill()?;
    let arrived = arrived.min(size(folder));
    let what = format!("{name}: killed in the middle of the layer");
    report.that(&what, arrived < LAYER_BYTES, "less than all", arrived);
    let there = match to.registry() {
        Some(registry) => {
            http::get_as(&registry.host, "/v2/interrupted/manifests/copy", "*/*")?.status == 200
        }
        None => world.liftlock(&["image", "inspect", target])?.run()?.code == Some(0),
    };
    report.equal(&format!("{name}: there is no tag"), false, there);
    Ok(())
}

/// The bytes of all files in a folder. One that goes away meanwhile counts as nothing.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(file) if file.is_dir() => size(&entry.path()),
        Ok(file) => file.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
