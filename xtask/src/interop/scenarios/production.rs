//! Another person approves, and 1.0.0 goes to production with a tag that is written once.

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::state;
use crate::peers::trouble::Trouble;

pub(super) fn play(report: &mut Report<'_>, shop: &Pipeline<'_>) -> Result<(), Trouble> {
    let image = &shop.world.v1_0;
    let promote = "promote build-1 --to production";
    let outcome = shop.types("ci", promote)?;
    report.ended("production waits for a person", &outcome, 4, &["sign-off"]);
    let outcome = shop.types("ci", "approve build-1 --to production --yes")?;
    report.ended(
        "who is not asked cannot approve",
        &outcome,
        3,
        &["sign-off"],
    );
    let outcome = shop.types("alice", "approve build-1 --to production --yes")?;
    report.ended("alice approves", &outcome, 0, &["approved build-1"]);
    let outcome = shop.types("ci", promote)?;
    let in_production = ["build-1 is in production", &image.digest];
    report.ended("then it is promoted", &outcome, 0, &in_production);

    state::runs(report, shop, &shop.production, image)?;
    let tags = ["production", "production-build-1"];
    state::tagged(report, shop, &tags, image)?;

    let history = [
        "build-1 -> production",
        "approved by user:alice",
        &image.digest,
    ];
    let outcome = shop.types("ci", "history")?;
    report.ended("history says who approved what", &outcome, 0, &history);
    let verify = |tag: &str| format!("verify {} --environment production", shop.at(tag));
    let outcome = shop.types("ci", &verify("production"))?;
    report.ended(
        "verify finds it in the record",
        &outcome,
        0,
        &[&image.digest],
    );
    shop.world.v1_1.push(&shop.at("build-2"))?;
    let outcome = shop.types("ci", &verify("build-2"))?;
    let other = &shop.world.v1_1.digest;
    report.ended(
        "verify refuses what was never promoted",
        &outcome,
        3,
        &[other],
    );
    let outcome = shop.types("ci", "log verify")?;
    report.ended("the ledger is recomputed", &outcome, 0, &["as recorded"]);
    Ok(())
}
