//! Somebody moves a tag, or starts a container, behind the record's back.

use super::super::image::Image;
use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::state;
use crate::peers::folder::write;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

pub(super) fn play(report: &mut Report<'_>, shop: &Pipeline<'_>) -> Result<(), Trouble> {
    let (other, current) = (&shop.world.v1_0, &shop.world.v1_1);
    let staging = format!("docker://{}", shop.at("staging"));
    skopeo::copy(&format!("docker://{}", shop.pinned(other)), &staging)?;
    found_and_repaired(report, shop, "a tag moved with skopeo")?;

    let (from, tag) = (shop.pinned(other), "staging");
    let outcome = shop.types("ci", &format!("image tag {from} {tag}"))?;
    report.ended("liftlock image tag moves a tag", &outcome, 0, &[]);
    found_and_repaired(report, shop, "a tag moved with liftlock")?;

    by_hand(shop, other)?;
    let answers = shop.world.docker.containers(&shop.staging.project, "web")?;
    let images: Vec<_> = answers.into_iter().map(|c| c.image).collect();
    report.equal(
        "compose by hand runs 1.0.0",
        vec![shop.pinned(other)],
        images,
    );
    found_and_repaired(report, shop, "another digest that runs")?;

    let containers = shop.world.docker.containers(&shop.staging.project, "web")?;
    for container in containers {
        shop.world.docker.must(&["kill", &container.id])?;
    }
    found_and_repaired(report, shop, "nothing that runs")?;

    let outcome = shop.types("ci", "promote 1.1.0 --to staging")?;
    report.ended("without drift it is content", &outcome, 0, &["as recorded"]);
    let outcome = shop.types("ci", "log verify")?;
    report.ended(
        "the ledger of it all is recomputed",
        &outcome,
        0,
        &["as recorded"],
    );
    state::runs(report, shop, &shop.staging, current)
}

fn found_and_repaired(
    report: &mut Report<'_>,
    shop: &Pipeline<'_>,
    what: &str,
) -> Result<(), Trouble> {
    let current = &shop.world.v1_1;
    let outcome = shop.types("ci", "promote 1.1.0 --to staging")?;
    let drift = ["drift: ", "1.1.0", &current.digest, "--again"];
    report.ended(&format!("{what} is drift"), &outcome, 5, &drift);
    let outcome = shop.types("ci", "promote 1.1.0 --to staging --again")?;
    report.ended(
        "--again puts it right",
        &outcome,
        0,
        &["1.1.0 is in staging"],
    );
    state::runs(report, shop, &shop.staging, current)?;
    state::tagged(report, shop, &["staging"], current)
}

/// What somebody in a hurry does.
fn by_hand(shop: &Pipeline<'_>, image: &Image) -> Result<(), Trouble> {
    let hurry = shop.folder.join("hurry.yml");
    let pinned = shop.pinned(image);
    write(
        &hurry,
        format!("version: '2.4'\nservices: {{ web: {{ image: '{pinned}' }} }}\n"),
    )?;
    let words = format!(
        "-p {} -f compose.staging.yml -f hurry.yml up -d",
        shop.staging.project
    );
    let words: Vec<_> = words.split(' ').collect();
    shop.world.docker.compose(&shop.folder, &words).map(drop)
}
