//! An agent beside a host that has docker: the server, which has none, decides over HTTPS, and the
//! agent deploys with compose.

mod team;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::image::Image;
use super::super::report::Report;
use super::super::world::World;
use super::state;

use crate::peers::trouble::Trouble;
use team::{SOON, Team};

const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let mut team = Team::start(world, report)?;
    waits(&team, report)?;
    for (name, label) in [("edge-1", "prod-host"), ("edge-2", "another")] {
        let words = ["token", "create", name, "--worker", "--label", label];
        let made = team.by("admin", &words)?;
        report.ended(&format!("a token for the agent {name}"), &made, 0, &[]);
        team.keeps(name, &made)?;
    }
    let mut other = team.agent("edge-2")?;
    team.others_wait(report)?;
    let mut agent = team.agent("edge-1")?;
    is_there(&team, report, &world.v1_0, 1)?;

    // It is killed when the new container runs, and is not known to be well yet.
    world.v1_1.push(&team.host.at("build-2"))?;
    let asked = team.promotes("build-2")?;
    report.ended("another is asked for", &asked, 0, &["waits"]);
    let begun = replaced(&team, &world.v1_1)?;
    agent.kill()?;
    let ended = succeeded(&team.promotions()?);
    report.equal("the agent is killed in the middle", 1, ended);
    let mut agent = team.agent("edge-1")?;
    is_there(&team, report, &world.v1_1, 2)?;
    let now = container(&team, &world.v1_1)?;
    report.equal("the container was made once", Some(begun), now);

    team.refuses(report)?;
    let verified = team.on_state(&["log", "verify"])?;
    report.ended("the ledger is as recorded", &verified, 0, &["as recorded"]);
    let exported = team.on_state(&["log", "export", "exported"])?;
    report.ended("it is exported", &exported, 0, &[]);
    for (name, expected) in [("edge-1", 0), ("edge-2", 1)] {
        let named = team.exported_names(&format!("worker:{name}"))?;
        let what = "what was carried out is the first agent's in it, and nothing the other's";
        report.ended(what, &named, expected, &[]);
    }
    for (what, process) in [
        ("the agent", &mut agent),
        ("the other agent", &mut other),
        ("the server", &mut team.server),
    ] {
        let code = process.terminate()?;
        report.equal(&format!("{what} ends when asked"), Some(0), code);
    }
    Ok(())
}

/// What CI asks for waits as long as no agent was ever there.
fn waits(team: &Team<'_>, report: &mut Report<'_>) -> Result<(), Trouble> {
    team.host.world.v1_0.push(&team.host.at("build-1"))?;
    let reference = team.host.at("build-1");
    let asked = team.by("ci", &["promote", &reference, "--to", "production"])?;
    let unseen = ["worker with the label prod-host", "none has been seen"];
    report.ended("what CI asks for waits for an agent", &asked, 4, &unseen);
    let status = team.by("ci", &["status"])?;
    let unseen = ["workers with the label prod-host", "none has been seen"];
    report.ended("and status says so", &status, 0, &unseen);
    Ok(())
}

/// Waits until so many promotions have succeeded; then docker, the registry, and whoever asks the
/// application have to agree that this image is in production.
fn is_there(
    team: &Team<'_>,
    report: &mut Report<'_>,
    image: &Image,
    count: usize,
) -> Result<(), Trouble> {
    let begun = Instant::now();
    let mut all = team.promotions()?;
    while succeeded(&all) < count && begun.elapsed() < SOON {
        std::thread::sleep(LOOK_EVERY);
        all = team.promotions()?;
    }
    let what = format!("{} is promoted, and nothing besides", image.version);
    report.equal(&what, (count, count), (succeeded(&all), all.len()));
    state::runs(report, &team.host, &team.host.production, image)?;
    state::tagged(report, &team.host, &["production"], image)
}

fn succeeded(promotions: &[Value]) -> usize {
    let ends = promotions.iter().map(|of| &of["outcome"]["result"]);
    ends.filter(|end| *end == "succeeded").count()
}

/// The container that runs an image.
fn container(team: &Team<'_>, image: &Image) -> Result<Option<String>, Trouble> {
    let (docker, project) = (&team.host.world.docker, &team.host.production.project);
    let all = docker.containers(project, "web")?;
    let pinned = team.host.pinned(image);
    let found = all.into_iter().find(|of| of.image == pinned);
    Ok(found.map(|of| of.id))
}

/// Waits until a container runs an image.
fn replaced(team: &Team<'_>, image: &Image) -> Result<String, Trouble> {
    let begun = Instant::now();
    loop {
        if let Some(id) = container(team, image)? {
            return Ok(id);
        }
        if begun.elapsed() > SOON {
            let log = team.host.folder.join("edge-1.log");
            return Err(Trouble::Timeout {
                what: "the agent's deployment".to_owned(),
                within: SOON,
                said: fs::read_to_string(&log).map_err(Trouble::file(&log))?,
            });
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
