//! The compose that docker brings as a plugin: a good release, a broken one, two files, and an engine
//! that cannot be reached.

use std::fs;

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use super::state;
use crate::peers::compose;
use crate::peers::folder::write;
use crate::peers::trouble::Trouble;

/// An engine that is not there.
const NOWHERE: &str = "unix:///nonexistent/docker.sock";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let plugins = world.folder.sub("home/.docker/cli-plugins")?;
    let plugin = plugins.join(compose::PROGRAM);
    let program = compose::get(&mut |text| report.note(text))?;
    fs::copy(&program, &plugin).map_err(Trouble::file(&program))?;
    let played = play(world, report);
    // The other scenarios have the compose of this machine.
    fs::remove_file(&plugin).map_err(Trouble::file(&plugin))?;
    played
}

fn play(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let version = world.docker.must(&["compose", "version", "--short"])?;
    report.that(
        "docker has compose 2",
        version.starts_with("2."),
        "2",
        &version,
    );
    let repository = format!("{}/compose-2", world.registry.host);
    let shop = Pipeline::ungated(world, "compose-2", &repository, true)?;
    // A second file, as an environment has it, changes what the first says.
    let more =
        "services:\n  web:\n    environment: { LIFTLOCK_INTEROP: second }\n    profiles: [shop]\n";
    write(&shop.folder.join("more.yml"), more)?;
    let file = shop.folder.join("liftlock.yaml");
    let text = fs::read_to_string(&file).map_err(Trouble::file(&file))?;
    write(
        &file,
        text.replace(
            "file: compose.staging.yml",
            "files: [compose.staging.yml, more.yml], profiles: shop",
        ),
    )?;
    for (tag, image) in [
        ("1.0.0", &world.v1_0),
        ("1.1.0", &world.v1_1),
        ("1.2.0", &world.v1_2),
    ] {
        image.push(&shop.at(tag))?;
    }
    let promote = |tag: &str| format!("promote {} --to staging", shop.at(tag));

    let outcome = shop.types("ci", &promote("1.0.0"))?;
    report.ended(
        "a good release is deployed",
        &outcome,
        0,
        &["1 of 1 images run as planned", "1.0.0 is in staging"],
    );
    state::runs(report, &shop, &shop.staging, &world.v1_0)?;
    for container in world.docker.containers(&shop.staging.project, "web")? {
        let environment =
            world
                .docker
                .must(&["inspect", "--format", "{{.Config.Env}}", &container.id])?;
        let holds = environment.contains("LIFTLOCK_INTEROP=second");
        report.that(
            "the second file counts, and the service of a profile runs",
            holds,
            "its variable",
            &environment,
        );
    }
    let outcome = shop.types("ci", &promote("1.2.0"))?;
    report.ended(
        "a broken one is rolled back",
        &outcome,
        1,
        &["rolled back", "1.0.0 is there again"],
    );
    state::runs(report, &shop, &shop.staging, &world.v1_0)?;

    let outcome = shop
        .program("ci", &promote("1.1.0"))?
        .env("DOCKER_HOST", NOWHERE)
        .run()?;
    report.ended(
        "an engine that cannot be reached fails the promotion",
        &outcome,
        1,
        &["deploy by compose"],
    );
    state::runs(report, &shop, &shop.staging, &world.v1_0)?;
    let outcome = shop.types("ci", &promote("1.1.0"))?;
    report.ended(
        "once it can, the release is deployed",
        &outcome,
        0,
        &["1.1.0 is in staging"],
    );
    state::runs(report, &shop, &shop.staging, &world.v1_1)
}
