//! An environment with a repository in each of two registries: both have the release, or neither.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::image::Image;
use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::folder::write;
use crate::peers::program::Outcome;
use crate::peers::registry::Registry;
use crate::peers::skopeo;
use crate::peers::software::{Access, Software};
use crate::peers::trouble::Trouble;

/// A pipeline, and the registries that its production is in.
struct Regions<'a> {
    shop: Pipeline<'a>,
    registries: [Registry; 2],
}

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    // Two of different kinds: what cannot be had everywhere is the last of them.
    let found = world.software(report)?;
    let [first, second, ..] = found.as_slice() else {
        return Err(Trouble::answer("regions", "there are no two registries"));
    };
    let mut regions = Regions::new(world, [first, second])?;
    regions.builds(&world.v1_0, "build-1")?;
    let outcome = regions.promotes("build-1")?;
    report.ended(
        "a release is promoted to both",
        &outcome,
        0,
        &["build-1 is in production"],
    );
    regions.are_at(report, "production", &world.v1_0)?;
    regions.are_at(report, "keep-build-1", &world.v1_0)?;

    regions.builds(&world.v1_1, "build-2")?;
    // Its deployment ends the second registry: the tags of the first are moved by then.
    let stops = regions.shop.folder.join("stops");
    write(
        &stops,
        format!("kill -KILL {}\n", regions.registries[1].id()),
    )?;
    let outcome = regions.promotes("build-2")?;
    let host = regions.registries[1].host.clone();
    report.ended(
        "one registry stops in the middle: it fails",
        &outcome,
        1,
        &[&host],
    );
    fs::remove_file(&stops).map_err(Trouble::file(&stops))?;
    regions.registries[1].again()?;
    // The registry that went on was put back although the other could not be asked.
    regions.are_at(report, "production", &world.v1_0)?;

    let outcome = regions.promotes("build-2 --again")?;
    let said = ["build-2 is in production"];
    report.ended(
        "once it is back, the same release gets there",
        &outcome,
        0,
        &said,
    );
    regions.are_at(report, "production", &world.v1_1)
}

impl<'a> Regions<'a> {
    fn new(world: &'a World, software: [&Software; 2]) -> Result<Self, Trouble> {
        let repository = format!("{}/regions", world.registry.host);
        let shop = Pipeline::ungated(world, "regions", &repository, false)?;
        let start =
            |name, software| Registry::start(&world.folder, name, software, Access::Everybody);
        let registries = [
            start("region-1", software[0])?,
            start("region-2", software[1])?,
        ];
        let [first, second] = &registries;
        let (first, second) = (&first.host, &second.host);
        let text = format!(
            "version: 1\npipeline: regions\nidentity: claimed\nimage: {repository}\n\
             environments:\n  production:\n    \
             repository: [\"{first}/shop\", \"{second}/shop\"]\n    \
             tags: [production]\n    gates: none\n    \
             deploy: {{ command: [./deploy.sh], within: 30s }}\n    rollback: none\n"
        );
        write(&shop.folder.join("liftlock.yaml"), text)?;
        let stops = shop.folder.join("stops").display().to_string();
        let program = shop.folder.join("deploy.sh");
        write(
            &program,
            format!("#!/bin/sh\nif [ -e {stops} ]; then . {stops}; fi\n"),
        )?;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&program, mode).map_err(Trouble::file(&program))?;
        Ok(Self { shop, registries })
    }

    fn builds(&self, image: &Image, tag: &str) -> Result<(), Trouble> {
        image.push(&self.shop.at(tag))
    }

    fn promotes(&self, words: &str) -> Result<Outcome, Trouble> {
        let reference = self.shop.at(words);
        self.shop
            .types("ci", &format!("promote {reference} --to production"))
    }

    /// Both registries have this image under a tag.
    fn are_at(&self, report: &mut Report<'_>, tag: &str, image: &Image) -> Result<(), Trouble> {
        for (number, registry) in (1..).zip(&self.registries) {
            let found = skopeo::digest(&format!("{}/shop:{tag}", registry.host))?;
            let what = format!("{tag} in region {number} is {}", image.version);
            report.equal(&what, image.digest.clone(), found);
        }
        Ok(())
    }
}
