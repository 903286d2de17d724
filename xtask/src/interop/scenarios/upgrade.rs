//! Servers are exchanged one by one: the version before and this one on the same state.

use std::path::Path;

use super::super::report::Report;
use super::super::shop::Shop;
use super::super::world::World;
use crate::peers::postgres::Postgres;
use crate::peers::previous;
use crate::peers::trouble::Trouble;

const FILE: &str = ".liftlock/state.db";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let old = match previous::build(&mut |text| report.note(text))? {
        Ok(old) => old,
        Err(why) => {
            report.skip("upgrade", &why);
            return Ok(());
        }
    };
    report.note(&format!("the version before is {}", old.commit));
    side_by_side(world, report, &old.program)?;
    one_after_the_other(world, report, &old.program)
}

/// Both at once on one database.
fn side_by_side(world: &World, report: &mut Report<'_>, old: &Path) -> Result<(), Trouble> {
    let new = &*world.liftlock;
    let database = Postgres::start()?;
    database.database("upgrade")?;
    let state = database.address("upgrade", "localhost", &database.authority);
    let passwords = database.passwords.display().to_string();
    let mut shop = Shop::new(world, "upgrade", &[("PGPASSFILE", &passwords)])?;
    let first = shop.ask(old, &state)?;
    let mut before = shop.serve(old, &state, "old")?;
    shop.gets_there(report, "the old server promotes", &first)?;
    let mut after = shop.serve(new, &state, "new")?;
    report.that(
        "the old one goes on beside the new",
        before.runs(),
        "runs",
        "ended",
    );
    for (program, what) in [(old, "old"), (new, "new"), (old, "old"), (new, "new")] {
        let release = shop.ask(program, &state)?;
        let what = format!("what the {what} command line asks for gets through, once");
        shop.gets_there(report, &what, &release)?;
    }
    shop.hold()?;
    let handed_on = shop.ask(new, &state)?;
    shop.is_held(report);
    shop.release();
    report.equal(
        "the old server ends when asked",
        Some(0),
        before.terminate()?,
    );
    shop.gets_there(report, "what it was at goes on", &handed_on)?;
    let alone = shop.ask(new, &state)?;
    shop.gets_there(report, "the new one goes on alone", &alone)?;
    shop.is_whole(report, new, &state)?;
    report.equal(
        "the new server ends when asked",
        Some(0),
        after.terminate()?,
    );
    back(report, &mut shop, (old, new), &state)
}

/// One after the other on one file.
fn one_after_the_other(world: &World, report: &mut Report<'_>, old: &Path) -> Result<(), Trouble> {
    let new = &*world.liftlock;
    let mut shop = Shop::new(world, "upgrade-file", &[])?;
    for (program, what) in [(old, "old"), (new, "new")] {
        let release = shop.ask(program, FILE)?;
        let mut server = shop.serve(program, FILE, what)?;
        let what = format!("on a file the {what} server promotes");
        shop.gets_there(report, &what, &release)?;
        shop.is_whole(report, program, FILE)?;
        server.terminate()?;
    }
    back(report, &mut shop, (old, new), FILE)
}

/// The old version again: it goes on, or says that a newer one is needed.
fn back(
    report: &mut Report<'_>,
    shop: &mut Shop<'_>,
    (old, new): (&Path, &Path),
    state: &str,
) -> Result<(), Trouble> {
    let looked = shop.types(old, state, &["history"])?;
    if looked.code != Some(0) {
        let named = ["newer"];
        report.ended(
            "the old version says that it is too old",
            &looked,
            2,
            &named,
        );
        return Ok(());
    }
    let mut server = shop.serve(old, state, "old-again")?;
    let release = shop.ask(old, state)?;
    shop.gets_there(report, "the old version goes on after the new", &release)?;
    shop.is_whole(report, new, state)?;
    server.terminate().map(drop)
}
