//! The names themselves, and where they stand in a list.

use liftlock_oci::{Digest, Tag};

/// What follows `sha256-<hex>` in the names, in the order of lists: nothing (distribution
/// specification, "Referrers Tag Schema"), and cosign's attestations, bills of materials and
/// signatures (cosign specification, "Tag-based Discovery").
const ENDS: [&str; 4] = ["", ".att", ".sbom", ".sig"];

/// A name after those of all companions.
const AFTER_ALL: &str = "sha256-~";

/// The names of one image's companions.
pub(super) struct Names {
    base: String,
}

impl Names {
    pub(super) fn of(subject: Digest) -> Self {
        let base = format!("sha256-{}", subject.hex());
        Self { base }
    }

    /// A name that sorts before them, with nothing between but what begins as they do. It is no
    /// image's: it has one hex digit too few.
    pub(super) fn before(&self) -> &str {
        &self.base[..self.base.len() - 1]
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = Tag> {
        let names = ENDS.iter().map(|end| format!("{}{end}", self.base));
        names.filter_map(|name| name.parse().ok())
    }

    /// Whether all of them stand before `tag`, or up to it, in either order that lists have.
    pub(super) fn end_before(&self, tag: &Tag) -> bool {
        let last = format!("{}.sig", self.base);
        tag.as_str() >= last.as_str() && tag.as_str().to_lowercase() >= last
    }

    fn contain(&self, tag: &Tag) -> bool {
        let end = tag.as_str().strip_prefix(&self.base);
        end.is_some_and(|end| ENDS.contains(&end))
    }
}

/// Those of `tags` that belong to one of `subjects`, each with its subject.
pub(crate) fn among(subjects: &[Digest], tags: &[Tag]) -> Vec<(Tag, Digest)> {
    let of = |&subject: &Digest| {
        let names = Names::of(subject);
        let mine = tags.iter().filter(move |tag| names.contain(tag));
        mine.map(move |tag| (tag.clone(), subject))
    };
    subjects.iter().flat_map(of).collect()
}

/// Whether this tag stands after all companions, of whatever image.
pub(super) fn is_after_all(tag: &Tag) -> bool {
    tag.as_str() > AFTER_ALL && tag.as_str().to_lowercase().as_str() > AFTER_ALL
}

/// Whether a list begins after `last` and goes up: as bytes, or without regard to case first
/// (distribution specification, "Listing Tags"; registries do either).
pub(super) fn is_ascending_after(last: &str, tags: &[Tag]) -> bool {
    let names = || std::iter::once(last).chain(tags.iter().map(Tag::as_str));
    names().is_sorted() || names().is_sorted_by_key(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(names: &[&str]) -> Vec<Tag> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn the_place_before_the_companions_is_no_tag_of_another_image() {
        let names = Names::of(Digest::of(b""));
        let tags: Vec<Tag> = names.tags().collect();
        assert_eq!(tags.len(), 4);
        assert_eq!(
            tags[0].as_str(),
            format!("sha256-{}", Digest::of(b"").hex())
        );
        assert!(tags.iter().all(|tag| tag.as_str() > names.before()));
        assert!(tags.is_sorted() && names.end_before(&tags[3]) && !names.end_before(&tags[2]));
        assert_eq!(among(&[Digest::of(b"")], &tags).len(), 4);
        assert_eq!(among(&[Digest::of(b"x")], &tags), []);
    }

    #[test]
    fn a_list_from_its_beginning_is_told_from_one_that_was_entered() {
        let is = |names: &[&str]| is_ascending_after("sha256-ab", &tags(names));
        assert!(is(&["sha256-abc", "staging", "v1"]));
        assert!(is(&["sha256-abc", "staging", "V1", "v2"]));
        assert!(!is(&["1.0", "staging"]));
        assert!(!is(&["staging", "sha256-abc"]));
    }

    #[test]
    fn what_stands_after_all_companions_does_so_with_and_without_regard_to_case() {
        for (tag, expected) in [
            ("staging", true),
            ("v1", true),
            ("sha256-ff", false),
            ("latest", false),
            ("V1", false),
        ] {
            assert_eq!(is_after_all(&tag.parse().unwrap()), expected, "{tag}");
        }
    }
}
