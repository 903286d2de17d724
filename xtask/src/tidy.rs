//! `cargo xtask tidy`: one line a problem, `path:line: message`.
//!
//! One file a rule. Each takes what was read once, and gives back its problems.

mod edges;
mod licences;
mod links;
mod manifests;
mod pure;
mod size;
mod text;

use std::io::{self, Write};

use crate::metadata::{Metadata, MetadataError};
use crate::tree::{Tree, TreeError};

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TidyError {
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error("cannot write the problems: {0}")]
    Write(#[from] io::Error),
}

/// Checks every rule and writes the problems, or one line that sums up. Whether all is well.
pub(crate) fn run(out: &mut impl Write) -> Result<bool, TidyError> {
    let metadata = Metadata::load()?;
    let tree = Tree::read(&metadata.workspace_root)?;
    let sizes = size::Sizes::of(&tree);

    let mut problems = edges::check(&metadata, &tree);
    problems.extend(pure::check(&metadata, &tree));
    problems.extend(manifests::check(&metadata, &tree));
    problems.extend(licences::check(&metadata, &tree));
    problems.extend(sizes.check());
    problems.extend(links::check(&tree));
    problems.extend(text::check(&tree));
    problems.sort();

    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    if problems.is_empty() {
        writeln!(
            out,
            "tidy: {sizes}; {} crates, {} packages with their licences, {} pages: no problems",
            metadata.members().count(),
            metadata.packages.len(),
            tree.with_ending("md").count(),
        )?;
    }
    Ok(problems.is_empty())
}
