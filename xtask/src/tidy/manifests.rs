//! Every crate says what it is for, and takes the workspace's lints.

use crate::metadata::Metadata;
use crate::problem::Problem;
use crate::tree::Tree;

/// Description and lints of every crate.
pub(super) fn check(metadata: &Metadata, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in metadata.members() {
        let path = metadata.manifest_of(package);
        let described = package.description.as_deref().unwrap_or_default();
        if described.trim().is_empty() {
            let message = "no description: say in a sentence what the crate is for";
            problems.push(Problem::at(&path, 1, message));
        }
        if !takes_lints(tree.text(&path)) {
            let message = "without `[lints] workspace = true` the crate escapes the lints";
            problems.push(Problem::at(&path, 1, message));
        }
    }
    problems
}

fn takes_lints(manifest: &str) -> bool {
    let table: Option<toml::Table> = toml::from_str(manifest).ok();
    let lints = table.as_ref().and_then(|table| table.get("lints"));
    let workspace = lints.and_then(|lints| lints.get("workspace"));
    workspace.and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_taken_from_the_workspace() {
        assert!(takes_lints("[lints]\nworkspace = true\n"));
        assert!(takes_lints("lints.workspace = true\n"));
        assert!(!takes_lints("[lints]\nworkspace = false\n"));
        assert!(!takes_lints("[package]\nname = \"a\"\n"));
    }

    #[test]
    fn a_crate_without_lints_or_description_is_a_problem() {
        let mut metadata = Metadata::of(&[("liftlock-core", &[])]);
        let lints = "[lints]\nworkspace = true\n";
        let tree = Tree::of(&[("crates/core/Cargo.toml", lints)]);
        assert_eq!(check(&metadata, &tree), []);
        assert_eq!(check(&metadata, &Tree::default()).len(), 1);
        metadata.packages[0].description = None;
        assert_eq!(check(&metadata, &tree).len(), 1);
    }
}
