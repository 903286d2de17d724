//! 1.1.0 goes the same way; 1.2.0 is broken and does not stay; production is taken back by hand.

use super::super::image::Image;
use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::state;
use crate::peers::trouble::Trouble;

pub(super) fn play(report: &mut Report<'_>, shop: &Pipeline<'_>) -> Result<(), Trouble> {
    let (first, good, broken) = (&shop.world.v1_0, &shop.world.v1_1, &shop.world.v1_2);
    create(report, shop, good, "build-2")?;
    let outcome = shop.types("ci", "promote 1.1.0 --to staging")?;
    report.ended(
        "1.1.0 is promoted to staging",
        &outcome,
        0,
        &["1.1.0 is in staging"],
    );
    shop.types("ci", "promote 1.1.0 --to production")?;
    shop.types("bob", "approve 1.1.0 --to production --yes")?;
    let outcome = shop.types("ci", "promote 1.1.0 --to production")?;
    report.ended(
        "and to production",
        &outcome,
        0,
        &["1.1.0 is in production"],
    );
    state::runs(report, shop, &shop.production, good)?;

    create(report, shop, broken, "build-3")?;
    let outcome = shop.types("ci", "promote 1.2.0 --to staging")?;
    let why = ["rolled back", "1.1.0 is there again", "health", "404"];
    report.ended("1.2.0 is rolled back, with the reason", &outcome, 1, &why);
    let history = [
        "1.2.0 -> staging",
        "rolled back to 1.1.0",
        "404",
        "rollback of p",
    ];
    let outcome = shop.types("ci", "history --to staging")?;
    report.ended("history says so", &outcome, 0, &history);
    state::runs(report, shop, &shop.staging, good)?;
    state::tagged(report, shop, &["staging"], good)?;
    let outcome = shop.types("ci", "promote 1.2.0 --to production")?;
    report.ended("1.2.0 may not enter production", &outcome, 3, &["staging"]);

    let outcome = shop.types("alice", "rollback production --reason orders-fail")?;
    report.ended(
        "production is rolled back by hand",
        &outcome,
        0,
        &["build-1"],
    );
    state::runs(report, shop, &shop.production, first)?;
    state::tagged(report, shop, &["production"], first)?;
    let verify = format!("verify {} --environment production", shop.at("build-2"));
    let outcome = shop.types("ci", &verify)?;
    report.ended(
        "verify says that 1.1.0 was withdrawn",
        &outcome,
        3,
        &["withdrawn", "orders-fail"],
    );
    let kept = ["production-build-1", "keep-build-1"];
    state::tagged(report, shop, &kept, first)?;
    state::tagged(report, shop, &["production-1.1.0", "keep-1.1.0"], good)
}

/// A release with its evidence.
fn create(
    report: &mut Report<'_>,
    shop: &Pipeline<'_>,
    image: &Image,
    tag: &str,
) -> Result<(), Trouble> {
    let (version, reference) = (&image.version, shop.at(tag));
    image.push(&reference)?;
    let create = format!("release create {version} {reference} --version {version}");
    let outcome = shop.types("ci", &create)?;
    let what = format!("release {version} pins its digest");
    report.ended(&what, &outcome, 0, &[&image.digest]);
    shop.submit(report, version, image, tag)
}
