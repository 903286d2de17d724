//! The embedded registry takes and gives images without changing a byte.

use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let place = world.folder.sub("embedded")?;
    let program = world.liftlock.display().to_string();
    let words = "registry serve images --listen 127.0.0.1:0".split(' ');
    let words: Vec<_> = [program.as_str()].into_iter().chain(words).collect();
    let variables = variables(&world.folder)?;
    let mut serving = Background::start(&words, &place, &variables, &place.join("log"))?;
    let host = serving.until(super::READY_WITHIN, address)?;

    let digest = &world.v1_0.digest;
    let reference = format!("{host}/shop:build-1");
    world.v1_0.push(&reference)?;
    let found = skopeo::digest(&reference)?;
    report.equal("skopeo copies into it", digest.clone(), found);
    let back = format!("{}/back:build-1", world.registry.host);
    let pinned = format!("{host}/shop@{digest}");
    skopeo::copy(&format!("docker://{pinned}"), &format!("docker://{back}"))?;
    let found = skopeo::digest(&back)?;
    report.equal("and from it to docker-registry", digest.clone(), found);
    let layout = format!("oci:{}:build-1", place.join("layout").display());
    skopeo::copy(&format!("docker://{pinned}"), &layout)?;
    let again = format!("{host}/again:build-1");
    skopeo::copy(&layout, &format!("docker://{again}"))?;
    let found = skopeo::digest(&again)?;
    report.equal("and over a layout on disk", digest.clone(), found);

    docker_push(world, report, &host)?;
    let code = serving.terminate()?;
    report.equal("it ends when asked", Some(0), code);
    Ok(())
}

/// Docker's own format, pushed by docker.
fn docker_push(world: &World, report: &mut Report<'_>, host: &str) -> Result<(), Trouble> {
    let docker = &world.docker;
    let base = format!("{host}/shop@{}", world.v1_0.digest);
    let context = world.folder.sub("context")?;
    write(
        &context.join("Dockerfile"),
        format!("FROM {base}\nLABEL built-by=docker\n"),
    )?;
    let built = format!("{host}/built:build-1");
    let folder = context.display().to_string();
    let build = docker.program(&["build", "-q", "-t", &built, &folder]);
    build.env("DOCKER_BUILDKIT", "0").must()?;
    docker.must(&["push", "-q", &built])?;
    let said = world.liftlock(&["image", "inspect", &built])?.run()?;
    let digest = skopeo::digest(&built)?;
    report.ended(
        "docker push works, and inspect shows it",
        &said,
        0,
        &[&digest],
    );
    let (pinned, digests) = (format!("{host}/built@{digest}"), docker.digests(&built)?);
    let found = digests.join(", ");
    let what = "docker says the digest that the registry has";
    report.that(what, digests.contains(&pinned), &pinned, found);
    Ok(())
}

/// `serving FOLDER at ADDRESS; ...`
fn address(log: &str) -> Option<String> {
    let (_, rest) = log.split_once(" at ")?;
    let (address, _) = rest.split_once(';')?;
    Some(address.to_owned())
}
