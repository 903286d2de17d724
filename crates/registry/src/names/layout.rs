//! An image in an OCI image layout, as users write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use liftlock_oci::{Digest, DigestError, Tag, TagError};

/// What a layout's name begins with.
pub(crate) const PREFIX: &str = "oci:";

/// The longest name that is read, in bytes: a path of Linux (4096) with a tag and a digest.
const NAME_MAX: usize = 4096 + 256;

/// `oci:PATH[:TAG][@DIGEST]`.
///
/// What follows the last colon after the last slash is the tag. A path with a colon in its last
/// part is written with a slash at its end: `oci:a:b/` is the folder `a:b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutName {
    /// The layout: a folder, or an archive.
    pub path: PathBuf,
    /// The tag, where one was written.
    pub tag: Option<Tag>,
    /// The digest, where one was written. It decides; the tag is then only a remark.
    pub digest: Option<Digest>,
}

/// Why a text is not the name of an image in a layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutNameError {
    /// Does not begin with `oci:`.
    #[error("a layout's name begins with oci:, as in oci:PATH or oci:PATH:TAG")]
    Prefix,
    /// No path.
    #[error("a path is missing after oci:; expected oci:PATH, with :TAG or @DIGEST if needed")]
    Path,
    /// Too long.
    #[error("a layout's name of more than {NAME_MAX} bytes")]
    Long,
    /// The tag is not valid.
    #[error("in a layout's name, {0} (a path with a colon is written with a slash at its end)")]
    Tag(#[source] TagError),
    /// The digest is not valid.
    #[error("in a layout's name, {0}")]
    Digest(#[source] DigestError),
}

impl LayoutName {
    /// Whether the layout is an archive: a file, or, where nothing is there yet, a path that
    /// ends in `.tar`.
    pub fn is_archive(&self) -> bool {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata.is_file(),
            Err(_) => self
                .path
                .extension()
                .is_some_and(|extension| extension == "tar"),
        }
    }
}

impl FromStr for LayoutName {
    type Err = LayoutNameError;

    fn from_str(text: &str) -> Result<Self, LayoutNameError> {
        if text.len() > NAME_MAX {
            return Err(LayoutNameError::Long);
        }
        let rest = text.strip_prefix(PREFIX).ok_or(LayoutNameError::Prefix)?;
        // An at sign may stand in a path; only one with an algorithm behind it is a digest.
        let (rest, digest) = match rest.rsplit_once('@') {
            Some((rest, digest)) if digest.starts_with("sha") && digest.contains(':') => {
                (rest, Some(digest.parse().map_err(LayoutNameError::Digest)?))
            }
            _ => (rest, None),
        };
        let last = rest.rfind('/').map_or(0, |at| at + 1);
        let (path, tag) = match rest[last..].rfind(':') {
            Some(at) => {
                let tag = rest[last + at + 1..]
                    .parse()
                    .map_err(LayoutNameError::Tag)?;
                (&rest[..last + at], Some(tag))
            }
            None => (rest, None),
        };
        if path.is_empty() {
            return Err(LayoutNameError::Path);
        }
        Ok(Self {
            path: PathBuf::from(path),
            tag,
            digest,
        })
    }
}

impl fmt::Display for LayoutName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.path.display())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_from_their_end() {
        let digest = Digest::of(b"");
        for (text, path, tag, pinned) in [
            ("oci:app".to_owned(), "app", None, false),
            ("oci:app:1.0".to_owned(), "app", Some("1.0"), false),
            ("oci:/a:b/c.tar".to_owned(), "/a:b/c.tar", None, false),
            ("oci:a:b/".to_owned(), "a:b/", None, false),
            ("oci:a:b:c".to_owned(), "a:b", Some("c"), false),
            ("oci:me@home/a:x".to_owned(), "me@home/a", Some("x"), false),
            ("oci:a@b".to_owned(), "a@b", None, false),
            (format!("oci:a@{digest}"), "a", None, true),
            (
                format!("oci:./a.tar:x@{digest}"),
                "./a.tar",
                Some("x"),
                true,
            ),
        ] {
            let name: LayoutName = text.parse().unwrap();
            assert_eq!(name.path, PathBuf::from(path), "{text}");
            assert_eq!(name.tag.as_ref().map(Tag::as_str), tag, "{text}");
            assert_eq!(name.digest, pinned.then_some(digest), "{text}");
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for bad in [
            "",
            "app",
            "oci:",
            "oci::x",
            "oci:a:",
            "oci:a:b c",
            "oci:a@sha256:12",
            "oci:a@sha512:12",
            &format!("oci:{}", "a".repeat(5000)),
        ] {
            assert!(bad.parse::<LayoutName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_there_decides_what_an_archive_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| LayoutName {
            path: folder.path().join(name),
            tag: None,
            digest: None,
        };
        std::fs::create_dir(folder.path().join("folder.tar")).unwrap();
        std::fs::write(folder.path().join("saved"), "").unwrap();
        for (name, archive) in [
            ("folder.tar", false),
            ("saved", true),
            ("new.tar", true),
            ("new", false),
        ] {
            assert_eq!(path(name).is_archive(), archive, "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(text in "oci:[a-c:@/. é]{0,12}(:[a-z0-9.]{1,3})?") {
            if let Ok(name) = text.parse::<LayoutName>() {
                prop_assert_eq!(name.to_string(), text.clone());
                prop_assert_eq!(name.to_string().parse::<LayoutName>(), Ok(name));
            }
        }
    }
}
