//! The docker daemon is killed while a release is deployed, alone, and together with the product,
//! as with a machine that loses its power. In the end record, tags and containers say the same.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::image::Image;
use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use super::state;
use crate::peers::background::Background;
use crate::peers::trouble::Trouble;

/// Longer than any of its commands takes.
const SOON: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// For how long the daemon is away.
const AWAY: Duration = Duration::from_secs(10);
const TICKS_MAX: usize = 3;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let repository = format!("{}/engine-away", world.registry.host);
    let shop = Pipeline::ungated(world, "engine-away", &repository, true)?;
    let (first, second) = (&world.v1_0, &world.v1_1);
    for image in [first, second] {
        image.push(&shop.at(&image.version))?;
    }
    let promote = |version: &str| format!("promote {} --to staging", shop.at(version));
    let outcome = shop.types("ci", &promote("1.0.0"))?;
    report.ended("1.0.0 is deployed", &outcome, 0, &["1.0.0 is in staging"]);

    // The daemon is killed as the deployment begins, and is soon back.
    let mut running = begins(&shop, "soon-back.log", &promote("1.1.0"))?;
    world.docker.kill()?;
    thread::sleep(AWAY);
    world.docker.again()?;
    let code = running.end(SOON)?;
    let what = "the daemon is killed as the deployment begins, and comes back";
    report.equal(what, Some(0), code);
    agree(report, &shop, &[second])?;

    // Both are killed when the new container runs, and is not known to be well yet. (Killed while
    // one container hands its port to the next, docker 20.10 keeps that port allocated to nobody
    // until it is restarted once more, and no deployment can do anything about that.)
    let back = format!("{} --older", promote("1.0.0"));
    let mut running = begins(&shop, "both.log", &back)?;
    replaced(&shop, first)?;
    running.kill()?;
    world.docker.kill()?;
    thread::sleep(AWAY);
    world.docker.again()?;
    let outcome = carried_on(&shop)?;
    report.ended("both are killed: the next start goes on", &outcome, 0, &[]);
    agree(report, &shop, &[first])?;

    // It stays away for longer than anyone waits, and nobody can put anything right.
    let mut running = begins(&shop, "away.log", &promote("1.1.0"))?;
    world.docker.kill()?;
    let code = running.end(SOON)?;
    report.equal(
        "a daemon that stays away fails the promotion",
        Some(1),
        code,
    );
    let outcome = shop.types("ci", "status staging")?;
    let said = ["incident", "a person must act"];
    report.ended("and says that a person must act", &outcome, 0, &said);
    world.docker.again()?;
    let again = format!("{} --again", promote("1.1.0"));
    let outcome = shop.types("ci", &again)?;
    report.ended(
        "who brings the release in",
        &outcome,
        0,
        &["1.1.0 is in staging"],
    );
    agree(report, &shop, &[second])
}

/// Starts a promotion, and returns when its deployment has begun.
fn begins(shop: &Pipeline<'_>, log: &str, words: &str) -> Result<Background, Trouble> {
    let mut running = shop.starts("ci", words, &shop.folder.join(log))?;
    running.until(SOON, |log| {
        log.contains("deploy by compose ...").then_some(())
    })?;
    Ok(running)
}

/// Waits until a container of this image runs.
fn replaced(shop: &Pipeline<'_>, new: &Image) -> Result<(), Trouble> {
    let start = Instant::now();
    loop {
        let docker = &shop.world.docker;
        let containers = docker.containers(&shop.staging.project, "web")?;
        if containers.iter().any(|c| c.image == shop.pinned(new)) {
            return Ok(());
        }
        if start.elapsed() > SOON {
            let (what, said) = ("compose up".to_owned(), "no such container".to_owned());
            return Err(Trouble::Timeout {
                what,
                within: SOON,
                said,
            });
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Carries on what was left behind until nothing is open.
fn carried_on(shop: &Pipeline<'_>) -> Result<crate::peers::program::Outcome, Trouble> {
    let mut outcome = shop.types("ci", "tick")?;
    for _ in 1..TICKS_MAX {
        if status(shop)?["open"].as_array().is_none_or(Vec::is_empty) {
            break;
        }
        outcome = shop.types("ci", "tick")?;
    }
    Ok(outcome)
}

/// Record, tags and containers name the same one of these images, and the ledger is whole.
fn agree(report: &mut Report<'_>, shop: &Pipeline<'_>, allowed: &[&Image]) -> Result<(), Trouble> {
    let status = status(shop)?;
    let current = status["current"]["release"].as_str().unwrap_or_default();
    let found = allowed.iter().find(|image| image.version == current);
    let versions: Vec<_> = allowed.iter().map(|image| image.version.as_str()).collect();
    let what = "the record names the release that is wanted";
    report.that(what, found.is_some(), versions.join(" or "), &status);
    report.equal("verified, and with no incident", true, is_well(&status));
    if let Some(image) = found {
        state::runs(report, shop, &shop.staging, image)?;
        state::tagged(report, shop, &["staging"], image)?;
    }
    let outcome = shop.types("ci", "drift")?;
    report.ended("nothing has drifted", &outcome, 0, &[]);
    let outcome = shop.types("ci", "log verify")?;
    report.ended("the ledger is as recorded", &outcome, 0, &["as recorded"]);
    Ok(())
}

fn is_well(status: &Value) -> bool {
    status["current"]["verified"] == true && status["incident"].is_null()
}

/// What is shown of staging.
fn status(shop: &Pipeline<'_>) -> Result<Value, Trouble> {
    let said = shop.types("ci", "status --json")?.stdout;
    let document: Value = serde_json::from_str(&said)
        .map_err(|_| Trouble::answer("liftlock status --json", said.clone()))?;
    Ok(document["result"]["environments"][0].clone())
}
