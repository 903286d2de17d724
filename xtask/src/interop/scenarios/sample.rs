//! The image that `liftlock try` makes is one for docker and skopeo, too.

use std::time::Duration;

use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

const TRIED_WITHIN: Duration = Duration::from_secs(60);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let place = world.folder.sub("try")?;
    let program = world.liftlock.display().to_string();
    let words = [program.as_str(), "try", "--dir", "work"];
    let variables = variables(&world.folder)?;
    let mut trying = Background::start(&words, &place, &variables, &place.join("log"))?;
    let log = trying.until(TRIED_WITHIN, |log| {
        let running = log.contains("The registry is running at");
        running.then(|| log.to_owned())
    })?;
    let (reference, digest) =
        pushed(&log).ok_or_else(|| Trouble::answer("liftlock try", log.clone()))?;

    let docker = &world.docker;
    docker.must(&["pull", "-q", &reference])?;
    let greeting = docker.must(&["run", "--rm", "--network", "none", &reference])?;
    let expected = "hello from liftlock's sample, version 1.0.0";
    report.equal(
        "docker run prints the sample's greeting",
        expected,
        &greeting,
    );
    let repository = reference.trim_end_matches(":build-1");
    let (pinned, digests) = (
        format!("{repository}@{digest}"),
        docker.digests(&reference)?,
    );
    let found = digests.join(", ");
    let what = "docker pull has the digest that try said";
    report.that(what, digests.contains(&pinned), &pinned, found);

    let copy = format!("{}/sample", world.registry.host);
    skopeo::copy(
        &format!("docker://{pinned}"),
        &format!("docker://{copy}:copy"),
    )?;
    let found = skopeo::digest(&format!("{copy}:copy"))?;
    report.equal("skopeo copies it to docker-registry", digest, found);

    let code = trying.terminate()?;
    report.equal("try ends when asked", Some(0), code);
    Ok(())
}

/// The reference and the digest of the image that `try` says it pushed.
fn pushed(log: &str) -> Option<(String, String)> {
    let (_, rest) = log.split_once("\npushed ")?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.to_owned()))
}
