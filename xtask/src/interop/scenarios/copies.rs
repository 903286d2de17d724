//! Images of every kind, from every kind of place to every other.

use super::super::place::{Place, read_whole};
use super::super::report::Report;
use super::super::samples::{Sample, TAG};
use super::super::world::World;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let folder = &world.folder;
    let places = Place::all(world, "copies", report)?;
    let samples = [
        Sample::multi(folder)?,
        Sample::attested(folder)?,
        Sample::docker(folder)?,
    ];
    for sample in &samples {
        report.note(&format!("-- {}", sample.name));
        for place in &places {
            place.seed(sample)?;
        }
        for from in &places {
            for to in places.iter().filter(|to| to.name() != from.name()) {
                copies(world, report, sample, from, to)?;
            }
        }
        for place in &places {
            pulled(world, report, sample, place)?;
        }
        within(world, report, sample, &places)?;
    }
    Ok(())
}

/// The product copies, and others read every byte of what is there then.
fn copies(
    world: &World,
    report: &mut Report<'_>,
    sample: &Sample,
    from: &Place,
    to: &Place,
) -> Result<(), Trouble> {
    let name = format!("{}-from-{}", sample.name, from.name());
    let what = format!("{}: {} -> {}", sample.name, from.name(), to.name());
    let (source, target) = (from.image(sample.name, TAG), to.image(&name, "copy"));
    let outcome = world
        .liftlock(&["image", "copy", &source, &target])?
        .run()?;
    report.ended(&what, &outcome, 0, &[&sample.digest]);
    if outcome.code != Some(0) {
        return Ok(());
    }
    let found = read_whole(world, sample, to, &name, "copy")?;
    let what = format!("{what}: others read all of it");
    report.equal(&what, sample.digest.clone(), found);
    let outcome = world.liftlock(&["image", "verify", &target])?.run()?;
    report.ended(&format!("{target}: image verify"), &outcome, 0, &[]);
    // Skopeo's own copy of the same image, where it knows how to keep it as it is.
    if let (Some(_), Some(_)) = (from.registry(), to.registry()) {
        let (source, target) = (
            from.to_skopeo(sample.name, TAG),
            to.to_skopeo(&name, "skopeo"),
        );
        skopeo::copy(&source, &target)?;
        let what = "and skopeo copy --all --preserve-digests gives the same digest";
        report.equal(what, sample.digest.clone(), skopeo::digest_of(&target)?);
    }
    Ok(())
}

/// Docker pulls what the product brought there.
fn pulled(
    world: &World,
    report: &mut Report<'_>,
    sample: &Sample,
    place: &Place,
) -> Result<(), Trouble> {
    let Some(registry) = place.registry() else {
        return Ok(());
    };
    // Over a folder, so that this one's content was written and read by the product alone.
    let repository = format!("{}/{}-from-folder", registry.host, sample.name);
    let reference = format!("{repository}:copy");
    let (pinned, docker) = (format!("{repository}@{}", sample.digest), &world.docker);
    docker.must(&["pull", "-q", &reference])?;
    let digests = docker.digests(&reference)?;
    let what = format!("{}: docker pulls it from {}", sample.name, place.name());
    report.that(
        &what,
        digests.contains(&pinned),
        &pinned,
        digests.join(", "),
    );
    docker.must(&["image", "rm", "-f", &reference]).map(drop)
}

/// To another repository of the same registry, to a chosen platform, and to several places.
fn within(
    world: &World,
    report: &mut Report<'_>,
    sample: &Sample,
    places: &[Place],
) -> Result<(), Trouble> {
    let source = places[0].image(sample.name, TAG);
    let all = places
        .iter()
        .map(|place| place.image(&format!("{}-all", sample.name), "all"));
    let all: Vec<_> = all.collect();
    let mut words = vec!["image", "copy", &source];
    words.extend(all.iter().map(String::as_str));
    let outcome = world.liftlock(&words)?.run()?;
    let what = format!("{}: to every place at once", sample.name);
    report.ended(&what, &outcome, 0, &[&sample.digest]);
    for place in places {
        let name = format!("{}-all", sample.name);
        let found = read_whole(world, sample, place, &name, "all")?;
        let what = format!("{}: others read it in {}", sample.name, place.name());
        report.equal(&what, sample.digest.clone(), found);
    }
    Ok(())
}
