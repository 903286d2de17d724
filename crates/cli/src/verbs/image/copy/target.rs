//! Where copies go: what was typed, with each place once.

use std::fmt;
use std::path::{Path, PathBuf};

use liftlock_oci::{Repository, Tag};
use liftlock_registry::ImageName;
use liftlock_verbs::Failure;

/// The most places of one copy. Each keeps connections open.
const TARGETS_MAX: usize = 100;

/// A place for a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) at: At,
    /// The tags there, each once; none: by its digest alone.
    pub(super) tags: Vec<Tag>,
}

/// What kind of place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    Repository(Repository),
    /// A layout folder.
    Folder(PathBuf),
    /// A layout in a tar file.
    File(PathBuf),
}

/// The places that `typed` names. One without a tag takes the tag that `from` was named by.
pub(super) fn targets(typed: &[ImageName], from: &ImageName) -> Result<Vec<Target>, Failure> {
    let mut targets: Vec<Target> = Vec::new();
    for word in typed {
        let (at, tag) = split(word);
        check_same(word, &at, tag, from)?;
        let tag = tag.or(split(from).1).cloned();
        match targets.iter_mut().find(|target| target.at.is(&at)) {
            Some(target) if target.tags.is_empty() != tag.is_none() => {
                return Err(Failure::usage(format!(
                    "{at} is named with a tag and without; name each tag"
                )));
            }
            Some(target) => {
                let new = tag.filter(|tag| !target.tags.contains(tag));
                target.tags.extend(new);
            }
            None => targets.push(Target {
                at,
                tags: tag.into_iter().collect(),
            }),
        }
    }
    if targets.len() > TARGETS_MAX {
        return Err(Failure::usage(format!(
            "{} places are named, over the limit of {TARGETS_MAX}; copy to some of them first",
            targets.len()
        )));
    }
    Ok(targets)
}

fn split(name: &ImageName) -> (At, Option<&Tag>) {
    match name {
        ImageName::Registry(reference) => (
            At::Repository(reference.repository.clone()),
            reference.tag.as_ref(),
        ),
        ImageName::Layout(name) if name.is_archive() => {
            (At::File(name.path.clone()), name.tag.as_ref())
        }
        ImageName::Layout(name) => (At::Folder(name.path.clone()), name.tag.as_ref()),
    }
}

/// A copy onto itself is a mistake, unless it is for another tag.
fn check_same(
    typed: &ImageName,
    at: &At,
    tag: Option<&Tag>,
    from: &ImageName,
) -> Result<(), Failure> {
    let (source, source_tag) = split(from);
    if !source.is(at) {
        return Ok(());
    }
    if let At::File(_) = at {
        return Err(Failure::usage(format!(
            "{typed} is the file that the image comes from, and a tar file is only written as a \
             whole; name another file"
        )));
    }
    let digest = match from {
        ImageName::Registry(reference) => reference.digest,
        ImageName::Layout(name) => name.digest,
    };
    match tag {
        Some(tag) if digest.is_some() || source_tag != Some(tag) => Ok(()),
        _ => Err(Failure::usage(format!(
            "{typed} is where the image comes from; name another tag, or another place"
        ))),
    }
}

impl At {
    /// Whether both are the same place, however their paths are written.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Repository(a), Self::Repository(b)) => a == b,
            (Self::Folder(a) | Self::File(a), Self::Folder(b) | Self::File(b)) => {
                full(a) == full(b)
            }
            _ => false,
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(repository) => repository.fmt(f),
            Self::Folder(path) | Self::File(path) => write!(f, "oci:{}", path.display()),
        }
    }
}

/// The path without links and detours, as far as it leads.
fn full(path: &Path) -> PathBuf {
    if let Ok(full) = path.canonicalize() {
        return full;
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    match (above.canonicalize(), path.file_name()) {
        (Ok(above), Some(name)) => above.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(from: &str, to: &[&str]) -> Result<Vec<String>, String> {
        let name = |text: &str| text.parse::<ImageName>().unwrap();
        let to: Vec<_> = to.iter().map(|text| name(text)).collect();
        let targets = targets(&to, &name(from)).map_err(|failure| failure.message)?;
        let shown = targets.iter().map(|target| {
            let tags: Vec<_> = target.tags.iter().map(Tag::as_str).collect();
            format!("{} [{}]", target.at, tags.join(" "))
        });
        Ok(shown.collect())
    }

    fn check(from: &str, to: &[&str], expected: &[&str]) {
        let expected = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(read(from, to), Ok(expected));
    }

    #[test]
    fn a_place_without_a_tag_takes_the_sources() {
        let digest = liftlock_oci::Digest::of(b"");
        check("r.io/a:1", &["s.io/a"], &["s.io/a [1]"]);
        check("r.io/a:1", &["s.io/a:2"], &["s.io/a [2]"]);
        check(&format!("r.io/a:1@{digest}"), &["s.io/a"], &["s.io/a [1]"]);
        check(&format!("r.io/a@{digest}"), &["s.io/a"], &["s.io/a []"]);
        check(&format!("r.io/a@{digest}"), &["oci:x"], &["oci:x []"]);
        check(
            "oci:x:1",
            &["s.io/a", "oci:y.tar"],
            &["s.io/a [1]", "oci:y.tar [1]"],
        );
    }

    #[test]
    fn several_tags_of_one_place_are_one_place() {
        check(
            "r.io/a:1",
            &[
                "s.io/a",
                "s.io/b",
                "s.io/a:2",
                "s.io/a:1",
                "oci:./x:2",
                "oci:x:3",
            ],
            &["s.io/a [1 2]", "s.io/b [1]", "oci:./x [2 3]"],
        );
    }

    #[test]
    fn a_copy_onto_itself_is_refused() {
        let digest = liftlock_oci::Digest::of(b"");
        for (from, to) in [
            ("r.io/a:1", "r.io/a"),
            ("r.io/a:1", "r.io/a:1"),
            (&format!("r.io/a@{digest}"), "r.io/a"),
            ("oci:x:1", "oci:./x"),
            ("oci:x.tar:1", "oci:./x.tar:2"),
        ] {
            assert!(read(from, &[to]).is_err(), "{from} {to}");
        }
        check("r.io/a:1", &["r.io/a:2"], &["r.io/a [2]"]);
        check(
            &format!("r.io/a:1@{digest}"),
            &["r.io/a:1"],
            &["r.io/a [1]"],
        );
    }

    #[test]
    fn there_is_a_limit_of_places() {
        let many: Vec<_> = (0..=TARGETS_MAX).map(|n| format!("s.io/a{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(read("r.io/a:1", &many).is_err_and(|e| e.contains("over the limit")));
        assert!(read("r.io/a:1", &many[1..]).is_ok());
    }
}
