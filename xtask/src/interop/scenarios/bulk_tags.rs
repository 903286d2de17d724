//! Many tags of one image at once, in each of the registries.

use super::super::place::Place;
use super::super::report::Report;
use super::super::samples::{Sample, TAG};
use super::super::world::World;
use crate::peers::folder::write;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

/// So many that several are always on their way: Distribution 2.8 answers 500 to who reads a
/// manifest while one of its tags is written.
const TAGS: usize = 600;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let places = Place::all(world, "bulk", report)?;
    let sample = Sample::multi(&world.folder)?;
    for place in &places {
        let Some(registry) = place.registry() else {
            continue;
        };
        let name = place.name();
        place.seed(&sample)?;
        let image = place.image(sample.name, TAG);
        let lines = (0..TAGS).map(|number| format!("{image} tag-{number}\n"));
        let file = world.folder.path().join(format!("tags-{name}.txt"));
        write(&file, lines.collect::<String>())?;
        let file = file.display().to_string();
        let outcome = world
            .liftlock(&["image", "tag", "--from-file", &file])?
            .run()?;
        report.ended(&format!("{name}: {TAGS} tags at once"), &outcome, 0, &[]);
        let repository = format!("{}/{}", registry.host, sample.name);
        let tags = skopeo::tags(&repository)?;
        report.equal(&format!("{name}: all are there"), TAGS + 1, tags.len());
        for tag in [0, TAGS - 1] {
            let found = skopeo::digest(&format!("{repository}:tag-{tag}"))?;
            let what = format!("{name}: tag-{tag} is the image");
            report.equal(&what, sample.digest.clone(), found);
        }
    }
    Ok(())
}
