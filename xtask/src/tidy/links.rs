//! Relative links in Markdown lead to files that are there, and their anchors to headings.

mod markdown;

use std::collections::BTreeSet;

use crate::problem::Problem;
use crate::tree::{File, Tree};

use markdown::{anchors, links};

/// Every relative link of every page.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.with_ending("md")
        .flat_map(|page| check_page(tree, page))
        .collect()
}

fn check_page(tree: &Tree, page: &File) -> Vec<Problem> {
    links(&page.text)
        .into_iter()
        .filter(|link| !is_elsewhere(&link.target))
        .filter_map(|link| {
            let why = refusal(tree, &page.path, &link.target)?;
            Some(Problem::at(&page.path, link.line, why))
        })
        .collect()
}

/// Whether a target has a scheme or a host: it is not ours to check.
fn is_elsewhere(target: &str) -> bool {
    let scheme = target.split(['/', '#', '?']).next().unwrap_or_default();
    scheme.contains(':') || target.starts_with("//")
}

fn refusal(tree: &Tree, page: &str, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let place = if path.is_empty() {
        page.to_owned()
    } else {
        let Some(place) = resolve(page, &path.replace("%20", " ")) else {
            return Some(format!("link {target:?} leads out of the repository"));
        };
        place
    };
    // The root itself has no path.
    if !place.is_empty() && !tree.has(&place) {
        return Some(format!("link {target:?}: there is no {place}"));
    }
    if anchor.is_empty() || !place.ends_with(".md") {
        return None;
    }
    let known: BTreeSet<String> = anchors(tree.text(&place));
    let missing = !known.contains(anchor);
    missing.then(|| format!("link {target:?}: {place} has no heading for #{anchor}"))
}

/// A target seen from a page, as a path from the root; none where it leaves the repository.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => page.split('/').collect(),
    };
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", "# B\n## Two words\n"),
            ("crates/core/src/lib.rs", ""),
        ]);
        let problems = check(&tree);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        for text in [
            "[b](b.md) [b](b.md#two-words) [b](./b.md#b)",
            "# Here\n[up](#here)",
            "[code](../crates/core/src/lib.rs#L3) [folder](../crates/core/) [root](..)",
            "[from the root](/crates/core)",
            "[out](https://example.com/x.md) <mailto:a@example.com> [c](//example.com)",
            "`[code](x.md)`\n```\n[block](x.md)\n```",
        ] {
            assert_eq!(messages(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_dead_link_is_named_with_its_line() {
        assert_eq!(
            messages("a\n[c](c.md)"),
            ["docs/a.md:2: link \"c.md\": there is no docs/c.md"]
        );
        assert_eq!(
            messages("[b](b.md#three)"),
            ["docs/a.md:1: link \"b.md#three\": docs/b.md has no heading for #three"]
        );
        assert_eq!(
            messages("[x](../../x)"),
            ["docs/a.md:1: link \"../../x\" leads out of the repository"]
        );
        assert_eq!(messages("[c]: c.md \"Title\"").len(), 1);
        assert_eq!(messages("<img src=\"c.png\">").len(), 1);
        assert_eq!(messages("[![c](c.png)](b.md)").len(), 1);
    }
}
