//! How many requests the product sends, at registries with bearer tokens: refusals and tokens
//! count, too.

use super::super::report::Report;
use super::super::samples::{LAYERS, Sample, TAG};
use super::super::world::World;
use crate::peers::registry::Registry;
use crate::peers::software::{Access, Software};
use crate::peers::tokens::Tokens;
use crate::peers::trouble::Trouble;

/// Layers and the config.
const BLOBS: usize = LAYERS + 1;
/// A refusal and a token.
const LOGIN: usize = 2;
/// What refers to an image by subject, and by tags.
const REFERRERS: usize = 2;

/// The most requests: a tag is read, written and read back.
const RETAG_MAX: usize = LOGIN + 3;
/// The manifest, where the tag is now, a mount for each blob, the tag, and it is read back.
const WITHIN_MAX: usize = LOGIN + 2 + BLOBS + 2;
/// The manifest, where the tag is now; each blob is read, asked for and written; the tag, and it is
/// read back. Without tokens the tag is not looked at first.
const ACROSS_MAX: usize = 2 * LOGIN + 2 + 3 * BLOBS + 2;
/// The manifest, and where the tag is now.
const AGAIN_MAX: usize = 2 * LOGIN + 2;

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let names = ["shop", "beside", "with-referrers"].map(str::to_owned);
    let tokens = Tokens::start(&world.folder, &names)?;
    let sample = Sample::layered(&world.folder)?;
    let open =
        |name, access| Registry::start(&world.folder, name, &Software::DockerRegistry, access);
    // Put there before it asks for tokens.
    let seeded = open("near", Access::Everybody)?;
    sample.push(&format!("{}/shop:{TAG}", seeded.host))?;
    drop(seeded);
    let near = open("near", Access::Token(&tokens))?;
    let far = open("far", Access::Token(&tokens))?;
    let counted = Counted {
        world,
        registries: [&near, &far],
        tokens: &tokens,
    };
    let image = format!("{}/shop:{TAG}", near.host);
    let beside = format!("{}/beside:copy", near.host);
    let across = format!("{}/shop:copy", far.host);
    let copy = |to| vec!["image", "copy", "--no-referrers", &image, to];
    counted.at_most(
        report,
        "a tag",
        RETAG_MAX,
        &["image", "tag", &image, "other"],
    )?;
    counted.at_most(report, "to another repository", WITHIN_MAX, &copy(&beside))?;
    counted.at_most(report, "to another registry", ACROSS_MAX, &copy(&across))?;
    counted.at_most(report, "the same again", AGAIN_MAX, &copy(&across))?;
    let with = format!("{}/with-referrers:copy", near.host);
    let words = ["image", "copy", &image, &with];
    let most = WITHIN_MAX + REFERRERS;
    counted.at_most(report, "looking for referrers", most, &words)
}

struct Counted<'a> {
    world: &'a World,
    registries: [&'a Registry; 2],
    tokens: &'a Tokens,
}

impl Counted<'_> {
    /// Runs the product, which has to succeed with this many requests.
    fn at_most(
        &self,
        report: &mut Report<'_>,
        what: &str,
        most: usize,
        words: &[&str],
    ) -> Result<(), Trouble> {
        let before = [0, 1].map(|at| self.registries[at].answered());
        let asked = self.tokens.asked();
        let outcome = self.world.liftlock(words)?.run()?;
        report.ended(what, &outcome, 0, &[]);
        if outcome.code != Some(0) {
            return Ok(());
        }
        let mut shown = vec![format!("{} tokens", self.tokens.asked() - asked)];
        let mut count = self.tokens.asked() - asked;
        for (registry, before) in self.registries.iter().zip(before) {
            let requests = registry.settled(before?)?;
            count += requests.len();
            let lines = requests
                .iter()
                .map(|r| format!("{} {} {}", r.status, r.method, r.path));
            shown.extend(lines);
        }
        let found = format!("{count}:\n  {}", shown.join("\n  "));
        let what = format!("{what}: {count} requests");
        report.that(&what, count <= most, format!("at most {most}"), found);
        Ok(())
    }
}
