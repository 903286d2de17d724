//! The command of a CI job brings 1.0.0 to staging, once there is evidence.

use std::time::Duration;

use super::super::pipeline::{GATES, Pipeline};
use super::super::report::Report;
use super::state;
use crate::peers::access_log::Request;
use crate::peers::trouble::Trouble;

/// Longer than the command itself waits.
const PROMOTED_WITHIN: Duration = Duration::from_secs(120);

pub(super) fn play(report: &mut Report<'_>, shop: &Pipeline<'_>) -> Result<(), Trouble> {
    let image = &shop.world.v1_0;
    let reference = shop.at("build-1");
    image.push(&reference)?;
    let before = shop.world.registry.answered()?;
    let command = format!("promote {reference} --to staging");

    let outcome = shop.types("ci", &command)?;
    report.ended("promote names the gates it waits for", &outcome, 4, &GATES);
    let outcome = shop.types("ci", &format!("{command} --detach"))?;
    report.ended(
        "--detach leaves it open and is content",
        &outcome,
        0,
        &["p1"],
    );

    let log = shop.folder.join("promote.log");
    let mut waiting = shop.starts("ci", &format!("{command} --wait=60s"), &log)?;
    waiting.until(PROMOTED_WITHIN, |log| {
        log.contains("p1 is waiting").then_some(())
    })?;
    shop.submit(report, &reference, image, "build-1")?;
    let code = waiting.end(PROMOTED_WITHIN)?;
    let said = waiting.log()?;
    let what = "--wait=60s stays until the evidence is there, and promotes";
    let holds = code == Some(0) && said.contains("build-1 is in staging");
    report.that(what, holds, "exit 0", format!("{code:?}: {said}"));

    let registry = &shop.world.registry;
    let pushed = registry.requests_of("skopeo/", 0)?;
    let what = "docker-registry's log: skopeo's push wrote blobs";
    let holds = pushed.iter().any(moves_blob);
    report.that(what, holds, "blobs", format!("{pushed:?}"));
    manifests_alone(report, &registry.requests_of("liftlock/", before)?);
    state::runs(report, shop, &shop.staging, image)?;
    state::tagged(report, shop, &["staging", "keep-build-1"], image)
}

/// Promoting within a repository moves no layer.
fn manifests_alone(report: &mut Report<'_>, requests: &[Request]) {
    let blobs: Vec<_> = requests.iter().filter(|r| moves_blob(r)).collect();
    let found = format!("{blobs:?}");
    let what = "docker-registry's log: promoting touched no blob";
    report.that(what, blobs.is_empty(), "none", found);
    let written = requests
        .iter()
        .filter(|r| r.method == "PUT" && r.status == 201);
    let written: Vec<_> = written.map(|r| r.path.as_str()).collect();
    let expected = vec![
        "/v2/shop/manifests/keep-build-1",
        "/v2/shop/manifests/staging",
    ];
    let what = format!(
        "docker-registry's log: of {} requests, two wrote a tag",
        requests.len()
    );
    report.equal(&what, expected, written);
}

fn moves_blob(request: &Request) -> bool {
    request.path.contains("/blobs/")
}
