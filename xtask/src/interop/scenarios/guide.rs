//! The commands of the example `web-application`, as its README has them, with the exit code that
//! each one's comment begins with.

use std::fs;
use std::path::Path;

use super::super::evidence;
use super::super::image::Image;
use super::super::pipeline::{Pipeline, Place};
use super::super::report::Report;
use super::super::world::World;
use super::state;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::go;
use crate::peers::packages;
use crate::peers::ports;
use crate::peers::program::{Outcome, Program};
use crate::peers::trouble::Trouble;
use crate::peers::versions;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/web-application");

/// What a reader would have in its place.
const REPOSITORY: &str = "registry.example.com/storefront";
const STAGING: &str = "127.0.0.1:8081";
const PRODUCTION: &str = "127.0.0.1:8082";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let guide = Guide::new(world, report)?;
    let page = guide.file("README.md")?;
    let mut typed = 0;
    for line in page.lines() {
        let Some((command, comment)) = line.split_once('#') else {
            continue;
        };
        let words: Vec<_> = command.split_whitespace().collect();
        let [program @ ("liftlock" | "curl"), words @ ..] = &words[..] else {
            continue;
        };
        let code = comment.split([':', ' ']).find_map(|word| word.parse().ok());
        guide.prepare(words)?;
        let outcome = guide.types(program, words)?;
        let code = code.unwrap_or_default();
        report.ended(command.trim(), &outcome, code, &[]);
        typed += 1;
    }
    report.that("the page has commands", typed > 20, "over 20", typed);
    let shop = &guide.shop;
    state::runs(report, shop, &shop.staging, &world.v1_1)?;
    state::runs(report, shop, &shop.production, &world.v1_0)?;
    state::tagged(report, shop, &["staging"], &world.v1_1)?;
    let first = ["production", "production-build-1"];
    state::tagged(report, shop, &first, &world.v1_0)
}

struct Guide<'a> {
    shop: Pipeline<'a>,
    path: String,
}

impl<'a> Guide<'a> {
    /// The example's folder, with this world's registry and ports.
    fn new(world: &'a World, report: &mut Report<'_>) -> Result<Self, Trouble> {
        let k6 = go::get(versions::K6, &mut |text| report.note(text))?;
        let k6 = k6.parent().unwrap_or(Path::new("/")).display();
        let [staging, production] = ports::free()?;
        let place = |environment: &str, port| Place {
            project: format!("storefront-{environment}"),
            port,
        };
        let guide = Self {
            shop: Pipeline {
                world,
                folder: world.folder.sub("guide")?,
                repository: format!("{}/storefront", world.registry.host),
                staging: place("staging", staging),
                production: place("production", production),
            },
            path: format!("{k6}:{}", packages::path()),
        };
        let folder = Path::new(EXAMPLE);
        for entry in fs::read_dir(folder).map_err(Trouble::file(folder))? {
            let name = entry.map_err(Trouble::file(folder))?.file_name();
            let name = name.to_string_lossy();
            write(&guide.shop.folder.join(&*name), guide.file(&name)?)?;
        }
        Ok(guide)
    }

    /// A file of the example.
    fn file(&self, name: &str) -> Result<String, Trouble> {
        let path = Path::new(EXAMPLE).join(name);
        let text = fs::read_to_string(&path).map_err(Trouble::file(&path))?;
        let at = |place: &Place| format!("127.0.0.1:{}", place.port);
        Ok(text
            .replace(REPOSITORY, &self.shop.repository)
            .replace(STAGING, &at(&self.shop.staging))
            .replace(PRODUCTION, &at(&self.shop.production)))
    }

    /// What a CI job has done before it names an image for the first time: it is built and pushed,
    /// and there are reports about it.
    fn prepare(&self, words: &[&str]) -> Result<(), Trouble> {
        let (shop, world) = (&self.shop, self.shop.world);
        let builds = [
            ("build-1", &world.v1_0),
            ("build-2", &world.v1_1),
            ("build-3", &world.v1_2),
        ];
        for (tag, image) in builds {
            let reference = shop.at(tag);
            if words.contains(&reference.as_str()) {
                image.push(&reference)?;
                self.reports(image, tag)?;
            }
        }
        Ok(())
    }

    fn reports(&self, image: &Image, tag: &str) -> Result<(), Trouble> {
        let shop = &self.shop;
        for suite in ["unit-tests", "integration-tests"] {
            evidence::junit(&shop.folder, suite)?;
        }
        let scans = evidence::trivy(&shop.folder, image, &shop.repository, tag)?;
        if let Some(scan) = scans.first() {
            let to = shop.folder.join("image-scan.json");
            fs::copy(scan, &to).map_err(Trouble::file(scan))?;
        }
        Ok(())
    }

    fn types(&self, program: &str, words: &[&str]) -> Result<Outcome, Trouble> {
        let liftlock = &self.shop.world.liftlock;
        let program = match program {
            "liftlock" => Program::new(liftlock, words),
            other => Program::new(other, words),
        };
        program
            .dir(&self.shop.folder)
            .environment(&variables(&self.shop.world.folder)?)
            .env("PATH", &self.path)
            .run()
    }
}
