//! Licences of all packages, against the list in deny.toml: one list for this rule, which needs
//! nothing installed, and for `cargo deny`.

use serde::Deserialize;

use crate::metadata::{Metadata, Package};
use crate::problem::Problem;
use crate::tree::Tree;

mod spdx;

/// Where the list is.
const LIST: &str = "deny.toml";
/// Where a package is named with its version.
const LOCK: &str = "Cargo.lock";

#[derive(Debug, Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one package alone may have.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

/// Every package has a licence that the list permits.
pub(super) fn check(metadata: &Metadata, tree: &Tree) -> Vec<Problem> {
    let deny: Deny = match toml::from_str(tree.text(LIST)) {
        Ok(deny) => deny,
        Err(error) => {
            let line = error
                .span()
                .map_or(1, |span| line_of(tree.text(LIST), span.start));
            return vec![Problem::at(LIST, line, error.message())];
        }
    };
    let lock = tree.text(LOCK);
    metadata
        .packages
        .iter()
        .filter_map(|package| {
            let why = refusal(package, &deny.licenses)?;
            Some(Problem::at(LOCK, lock_line(lock, package), why))
        })
        .collect()
}

fn refusal(package: &Package, licenses: &Licenses) -> Option<String> {
    let (name, version) = (&package.name, &package.version);
    let Some(expression) = &package.license else {
        return Some(format!("{name} {version} names no licence"));
    };
    let excepted = licenses
        .exceptions
        .iter()
        .filter(|exception| exception.name == *name)
        .flat_map(|exception| &exception.allow);
    let allowed: Vec<&str> = licenses
        .allow
        .iter()
        .chain(excepted)
        .map(String::as_str)
        .collect();
    match spdx::permitted(expression, &allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "{name} {version} is under {expression}, which {LIST} does not allow"
        )),
        Err(error) => Some(format!("{name} {version}: {error}")),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// The line of a package in Cargo.lock; 1 where it is not there.
fn lock_line(lock: &str, package: &Package) -> usize {
    let entry = format!(
        "name = \"{}\"\nversion = \"{}\"\n",
        package.name, package.version
    );
    lock.find(&entry).map_or(1, |at| line_of(lock, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[licenses]\nallow = [\"MIT\", \"Apache-2.0\"]\n\
                        exceptions = [{ crate = \"roots\", allow = [\"CDLA-Permissive-2.0\"] }]\n";
    const LOCK_TEXT: &str = "version = 4\n\n[[package]]\nname = \"roots\"\nversion = \"0.1.0\"\n";

    fn messages(deny: &str, name: &str, license: Option<&str>) -> Vec<String> {
        let mut metadata = Metadata::of(&[(name, &[])]);
        metadata.packages[0].license = license.map(str::to_owned);
        let tree = Tree::of(&[(LIST, deny), (LOCK, LOCK_TEXT)]);
        let problems = check(&metadata, &tree);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_listed_licences_are_permitted() {
        assert_eq!(messages(DENY, "a", Some("MIT")), Vec::<String>::new());
        assert_eq!(
            messages(DENY, "roots", Some("GPL-3.0-only")),
            ["Cargo.lock:4: roots 0.1.0 is under GPL-3.0-only, which deny.toml does not allow"]
        );
        assert_eq!(
            messages(DENY, "a", None),
            ["Cargo.lock:1: a 0.1.0 names no licence"]
        );
    }

    #[test]
    fn an_exception_is_for_one_package() {
        let licence = Some("CDLA-Permissive-2.0");
        assert_eq!(messages(DENY, "roots", licence), Vec::<String>::new());
        assert_eq!(messages(DENY, "a", licence).len(), 1);
    }

    #[test]
    fn a_list_that_cannot_be_read_permits_nothing() {
        assert_eq!(messages("", "a", Some("MIT")).len(), 1);
        let found = messages("[licenses]\nallow = 3\n", "a", Some("MIT"));
        assert!(found[0].starts_with("deny.toml:2: "), "{found:?}");
    }
}
