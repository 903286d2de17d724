//! Three regions after staging, promoted to by three processes at the same time on one state, and
//! an environment that joins two of them. A release that works in all but one region is rolled back
//! there, and the join stays shut.

use std::time::Duration;

use super::super::image::Image;
use super::super::pipeline::{Pipeline, Place};
use super::super::report::Report;
use super::super::world::World;
use super::state;
use crate::peers::folder::write;
use crate::peers::ports;
use crate::peers::trouble::Trouble;

const REGIONS: [&str; 3] = ["eu", "us", "asia"];
/// Longer than three deployments side by side take.
const SOON: Duration = Duration::from_secs(240);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let shop = FanOut::new(world)?;
    let (first, second) = (&world.v1_0, &world.v1_1);
    for image in [first, second] {
        image.push(&shop.pipeline.at(&image.version))?;
        let words = format!("promote {} --to staging", shop.pipeline.at(&image.version));
        let outcome = shop.pipeline.types("ci", &words)?;
        let what = format!("{} is in staging", image.version);
        report.ended(&what, &outcome, 0, &[&what]);
        if image.version == first.version {
            shop.promotes(report, first, [Some(0); 3])?;
            for place in &shop.places {
                state::runs(report, &shop.pipeline, place, first)?;
            }
            shop.joins(report, first, 0, &["1.0.0 is in world"])?;
        }
    }
    // It does not work in one region.
    shop.promotes(report, second, [Some(0), Some(1), Some(0)])?;
    let [eu, us, asia] = &shop.places;
    for (place, image) in [(eu, second), (us, first), (asia, second)] {
        state::runs(report, &shop.pipeline, place, image)?;
    }
    state::tagged(report, &shop.pipeline, &["eu", "asia"], second)?;
    state::tagged(report, &shop.pipeline, &["us", "world"], first)?;
    let outcome = shop.pipeline.types("ci", "history --to us")?;
    let said = [
        "1.1.0 -> us",
        "rolled back to 1.0.0: check here",
        "version 1.0",
    ];
    report.ended(
        "one region is rolled back, with the reason",
        &outcome,
        0,
        &said,
    );
    let why = ["after: us", "1.1.0", "withdrawn", "us"];
    shop.joins(report, second, 3, &why[2..])?;
    let outcome = shop.pipeline.types("ci", "log verify")?;
    let said = ["as recorded"];
    report.ended("what three wrote at once is one ledger", &outcome, 0, &said);
    Ok(())
}

struct FanOut<'a> {
    pipeline: Pipeline<'a>,
    /// In the order of [`REGIONS`].
    places: [Place; 3],
}

impl<'a> FanOut<'a> {
    fn new(world: &'a World) -> Result<Self, Trouble> {
        let repository = format!("{}/fan-out", world.registry.host);
        let pipeline = Pipeline::ungated(world, "fan-out", &repository, false)?;
        let ports: [u16; 3] = ports::free()?;
        let mut number = 0..;
        let places = REGIONS.map(|region| Place {
            project: format!("fan-out-{region}"),
            port: ports[number.next().unwrap_or_default()],
        });
        let fan_out = Self { pipeline, places };
        let mut text = format!(
            "version: 1\npipeline: fan-out\nidentity: claimed\nimage: {repository}\nenvironments:\n  \
             staging:\n    tags: [staging]\n    gates: none\n"
        );
        for (region, place) in REGIONS.iter().zip(&fan_out.places) {
            text += &fan_out.region(region, place)?;
        }
        text += "  world:\n    after: [eu, us]\n    tags: [world]\n    gates: none\n";
        write(&fan_out.pipeline.folder.join("liftlock.yaml"), text)?;
        Ok(fan_out)
    }

    /// In `us` only 1.0 works.
    fn region(&self, name: &str, place: &Place) -> Result<String, Trouble> {
        let tags = format!("[{name}]\n    after: staging");
        let block = self
            .pipeline
            .environment_at(name, place, (&tags, "GATES"))?;
        let block = block.replace("gates:\n      GATES", "gates: none");
        let wanted = match name {
            "us" => "version 1.0",
            _ => "version 1",
        };
        let expect = format!("expect: 200, contains: '{wanted}'");
        Ok(block
            .replace("      health:", "      here:")
            .replace("expect: 200", &expect))
    }

    /// Promotes to all regions at the same time, each by a process of its own.
    fn promotes(
        &self,
        report: &mut Report<'_>,
        image: &Image,
        codes: [Option<i32>; 3],
    ) -> Result<(), Trouble> {
        let mut running = Vec::new();
        for region in REGIONS {
            let log = format!("{region}-{}.log", image.version);
            let words = format!("promote {} --to {region}", image.version);
            let log = self.pipeline.folder.join(log);
            running.push(self.pipeline.starts("ci", &words, &log)?);
        }
        let mut ended = [None; 3];
        for (code, process) in ended.iter_mut().zip(&mut running) {
            *code = process.end(SOON)?;
        }
        let what = format!("{} to eu, us and asia at the same time", image.version);
        let said: Vec<_> = running
            .iter()
            .filter_map(|process| process.log().ok())
            .collect();
        let (expected, found) = (
            format!("{codes:?}"),
            format!("{ended:?}\n{}", said.join("\n")),
        );
        report.that(&what, ended == codes, expected, found);
        Ok(())
    }

    /// Promotes to what joins two regions.
    fn joins(
        &self,
        report: &mut Report<'_>,
        image: &Image,
        code: i32,
        said: &[&str],
    ) -> Result<(), Trouble> {
        let words = format!("promote {} --to world", image.version);
        let outcome = self.pipeline.types("ci", &words)?;
        let what = format!("{} after eu and us", image.version);
        report.ended(&what, &outcome, code, said);
        Ok(())
    }
}
