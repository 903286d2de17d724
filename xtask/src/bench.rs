//! `cargo xtask bench`: the product beside crane, regctl and skopeo, in one run.
//!
//! The clients take turns, so that a machine that slows down slows all of them. What a client did
//! is looked at afterwards: a figure of a copy that is not there is worth nothing.

mod cases;
mod client;
mod figures;
mod image;
mod load;
mod machine;
mod measure;
mod options;
mod row;
mod scene;
mod table;

use std::io::Write;

use serde_json::json;

use self::cases::CASES;
use self::options::Options;
use self::scene::Scene;
use crate::peers::folder::Folder;
use crate::peers::packages;
use crate::peers::trouble::Trouble;

pub(crate) use self::measure::inner;

/// Plays the cases that `words` choose. Whether every client did what it was asked for.
pub(crate) fn run(out: &mut impl Write, words: &[&str]) -> Result<bool, Trouble> {
    let options = Options::parse(words)?;
    // Progress is not the result.
    let mut note = |text: &str| drop(writeln!(std::io::stderr(), "{text}"));
    packages::install_missing(&packages::BENCH, &mut note)?;
    let folder = Folder::new()?;
    let scene = Scene::prepare(&folder, &options, &mut note)?;
    let machine = machine::describe(&scene)?;
    let mut documents = Vec::new();
    let mut whole = true;
    // Where standard output is closed, the exit code still speaks.
    let mut print = |text: &str| drop(writeln!(out, "{text}").and_then(|()| out.flush()));
    if !options.json {
        print(&machine.text());
    }
    for case in CASES.iter().filter(|case| options.chose(case.name)) {
        note(&format!("playing {}", case.name));
        for played in (case.play)(&scene, &mut note)? {
            whole &= played.rows.iter().all(|row| row.trouble.is_none());
            if options.json {
                documents.push(played.document(case.name));
            } else {
                print(&table::text(&played));
            }
        }
    }
    if options.json {
        let document = json!({ "v": 1, "machine": machine.document(), "cases": documents });
        print(&format!("{document:#}"));
    }
    Ok(whole)
}
