//! A deployed release is watched for ten minutes of a clock that goes faster; then its container
//! dies, and in a second round becomes unhealthy. The release before answers again.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::super::image::Image;
use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use super::state;
use crate::peers::background::Background;
use crate::peers::clock::Clock;
use crate::peers::folder::write;
use crate::peers::trouble::Trouble;

/// How many times faster the clock goes.
const FASTER: u32 = 20;
/// How long everything is well, by that clock.
const WELL_SECONDS: i64 = 600;
const DAY_SECONDS: i64 = 24 * 3600;
/// Longer than the machine takes for each round.
const SOON: Duration = Duration::from_secs(240);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let repository = format!("{}/watching", world.registry.host);
    let shop = Pipeline::ungated(world, "watching", &repository, true)?;
    let file = shop.folder.join("liftlock.yaml");
    let text = fs::read_to_string(&file).map_err(Trouble::file(&file))?;
    let text = text.replace("within: 5s", "within: 5s, every: 1m");
    let rollback = "rollback: { on: [check, incident], within: 1h }";
    write(&file, text.replace("rollback: { on: [check] }", rollback))?;
    let (good, watched) = (&world.v1_0, &world.v1_1);
    for image in [good, watched] {
        image.push(&shop.at(&image.version))?;
    }
    for version in ["1.0.0", "1.1.0"] {
        let words = format!("promote {} --to staging", shop.at(version));
        let outcome = shop.types("ci", &words)?;
        let said = format!("{version} is in staging");
        report.ended(&format!("{version} is deployed"), &outcome, 0, &[&said]);
    }
    state::runs(report, &shop, &shop.staging, watched)?;

    let mut watch = watches(&shop, "dies.log", &Clock::faster(FASTER)?)?;
    well(report, &mut watch)?;
    for container in world.docker.containers(&shop.staging.project, "web")? {
        world.docker.must(&["kill", &container.id])?;
    }
    returns(report, &shop, (&mut watch, good), "its container dies")?;
    state::tagged(report, &shop, &["staging"], good)?;

    // The record's time is ahead of the machine's by now.
    let ahead = Clock::ahead(60)?;
    let again = format!("promote {} --to staging", shop.at("1.1.0"));
    let mut program = shop.program("ci", &again)?;
    for (name, value) in ahead.variables() {
        program = program.env(name, value);
    }
    let outcome = program.run()?;
    let said = ["1.1.0 is in staging"];
    report.ended("1.1.0 is promoted once more", &outcome, 0, &said);
    let mut watch = watches(&shop, "unhealthy.log", &ahead)?;
    watch.until(SOON, |log| observations(log).last().copied())?;
    for container in world.docker.containers(&shop.staging.project, "web")? {
        let remove = ["/bin/busybox", "rm", "/www/health", "/www/index.html"];
        let words = [&["exec", &container.id][..], &remove].concat();
        world.docker.must(&words)?;
    }
    returns(report, &shop, (&mut watch, good), "it becomes unhealthy")
}

/// Somebody watches, and sees this time.
fn watches(shop: &Pipeline<'_>, log: &str, clock: &Clock) -> Result<Background, Trouble> {
    let log = shop.folder.join(log);
    shop.starts_with("ci", "watch staging --json", (clock.variables(), &log))
}

/// For ten minutes of its clock the check passes.
fn well(report: &mut Report<'_>, watch: &mut Background) -> Result<(), Trouble> {
    let seen = watch.until(SOON, |log| {
        let seen = observations(log);
        let (first, last) = (seen.first()?.0, seen.last()?.0);
        let passed = (last - first).rem_euclid(DAY_SECONDS);
        (passed >= WELL_SECONDS).then_some(seen)
    })?;
    let passed = seen.iter().filter(|(_, passed)| *passed).count();
    report.equal(
        "its check passes for ten minutes of the faster clock",
        seen.len(),
        passed,
    );
    let (count, wanted) = (seen.len(), "several times");
    report.that("again and again", count > 3, wanted, count);
    Ok(())
}

/// An incident opens, and the release before is deployed, and answers.
fn returns(
    report: &mut Report<'_>,
    shop: &Pipeline<'_>,
    (watch, good): (&mut Background, &Image),
    when: &str,
) -> Result<(), Trouble> {
    let outcome = watch.until(SOON, |log| {
        let carried = results(log, "carried").pop()?;
        Some(format!(
            "{} of {} to {}",
            carried["outcome"]["result"], carried["request"]["kind"], carried["request"]["release"]
        ))
    })?;
    watch.kill()?;
    let expected = "\"succeeded\" of \"rollback\" to \"1.0.0\"".to_owned();
    report.equal(&format!("{when}: it is rolled back"), expected, outcome);
    let outcome = shop.types("ci", "history --to staging")?;
    let said = ["rollback for incident i", "1.0.0 -> staging", "succeeded"];
    report.ended("the incident is its reason", &outcome, 0, &said);
    let outcome = shop.types("ci", "log verify")?;
    let said = ["as recorded"];
    report.ended(
        "the ledger is decided again to the same",
        &outcome,
        0,
        &said,
    );
    state::runs(report, shop, &shop.staging, good)
}

/// When each check was run, in seconds of the record's day, and whether it passed.
fn observations(log: &str) -> Vec<(i64, bool)> {
    let seen = results(log, "observations").into_iter();
    seen.filter_map(|seen| Some((second(seen["at"].as_str()?)?, seen["passed"].as_bool()?)))
        .collect()
}

/// The second of the day of `2026-03-01T08:00:14Z`.
fn second(instant: &str) -> Option<i64> {
    let (_, time) = instant.split_once('T')?;
    let mut numbers = time.split([':', '.', 'Z']).take(3);
    numbers.try_fold(0, |sum, number| {
        Some(sum * 60 + number.parse::<i64>().ok()?)
    })
}

/// What lists of this name hold, over the documents that a watching process wrote.
fn results(log: &str, name: &str) -> Vec<Value> {
    let documents = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let lists = documents.filter_map(|document| document["result"][name].as_array().cloned());
    lists.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_read_from_lines_among_others() {
        let log = "p1: rolling back\n\
            {\"result\":{\"observations\":[{\"at\":\"2026-03-01T08:01:14.5Z\",\"passed\":true}]}}\n\
            {\"result\":{\"observations\":[]}}\n{\"cut";
        assert_eq!(observations(log), [(8 * 3600 + 74, true)]);
        assert_eq!(second("08:01:14"), None);
    }
}
