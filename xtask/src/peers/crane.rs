//! Crane: a third implementation of everything about images.

use std::path::Path;

use super::go;
use super::program::Program;
use super::trouble::Trouble;
use super::versions;

/// Pushes the one image of a layout.
pub(crate) fn push(layout: &Path, reference: &str) -> Result<(), Trouble> {
    let crane = go::get(versions::CRANE, &mut |_| {})?;
    let layout = layout.display().to_string();
    let words = ["push", &layout, reference];
    Program::new(crane, words).must().map(drop)
}

/// Pushes a layout with all that it lists, as one index.
pub(crate) fn push_all(layout: &Path, reference: &str) -> Result<(), Trouble> {
    let crane = go::get(versions::CRANE, &mut |_| {})?;
    let layout = layout.display().to_string();
    let words = ["push", "--index", &layout, reference];
    Program::new(crane, words).must().map(drop)
}

/// A blob's bytes, which are text.
pub(crate) fn blob(reference: &str) -> Result<String, Trouble> {
    let crane = go::get(versions::CRANE, &mut |_| {})?;
    Program::new(crane, ["blob", reference]).must()
}
