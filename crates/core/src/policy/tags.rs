//! Tags as an environment names them: plain, or with placeholders (semantics, "Names").

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use liftlock_oci::{Digest, Tag, TagError};

use crate::Time;

/// A tag with placeholders; without any, a plain tag that moves. With one, written once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagTemplate {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// What may stand between braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// The release's name.
    Release,
    /// `--version` of the release.
    Version,
    /// `--build` of the release.
    Build,
    /// `--commit` of the release.
    Commit,
    /// The UTC day of the commit instant.
    Date,
    /// The first 12 hex digits of the image's digest.
    Digest,
}

const PLACEHOLDERS: [(&str, Placeholder); 6] = [
    ("release", Placeholder::Release),
    ("version", Placeholder::Version),
    ("build", Placeholder::Build),
    ("commit", Placeholder::Commit),
    ("date", Placeholder::Date),
    ("digest", Placeholder::Digest),
];

/// What placeholders stand for in one promotion of one image.
#[derive(Debug, Clone)]
pub struct TagValues<'a> {
    /// The release's name.
    pub release: &'a str,
    /// Its version.
    pub version: Option<&'a str>,
    /// Its build.
    pub build: Option<&'a str>,
    /// Its commit.
    pub commit: Option<&'a str>,
    /// The commit instant.
    pub now: Time,
    /// The image's digest.
    pub digest: Digest,
}

/// Why a text is not a tag template, or does not expand to a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagTemplateError {
    /// Not a placeholder.
    #[error(
        "{{{0}}} is not a placeholder; known are {{release}} {{version}} {{build}} {{commit}} {{date}} {{digest}}"
    )]
    Unknown(String),
    /// A brace without its partner.
    #[error("{0:?} has a brace that is not closed")]
    Brace(String),
    /// The release does not say what the placeholder stands for.
    #[error(
        "the tag {template} needs {{{placeholder}}}, which the release does not have; create it with --{placeholder}"
    )]
    NoValue {
        /// The template.
        template: String,
        /// The placeholder.
        placeholder: &'static str,
    },
    /// `sha256-...` is where registries without a referrers API keep referrers.
    #[error("the tag {0} starts with sha256-, where registries keep what refers to an image")]
    Reserved(String),
    /// The expansion is not a valid tag.
    #[error(transparent)]
    Tag(#[from] TagError),
}

impl TagTemplate {
    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the tag is written once: it has a placeholder.
    pub fn is_write_once(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Placeholder(_)))
    }

    /// The placeholders in it.
    pub fn placeholders(&self) -> BTreeSet<Placeholder> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Placeholder(placeholder) => Some(*placeholder),
                Part::Text(_) => None,
            })
            .collect()
    }

    /// The tag for these values.
    pub fn expand(&self, values: &TagValues<'_>) -> Result<Tag, TagTemplateError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Placeholder(placeholder) => {
                    text.push_str(&self.value(*placeholder, values)?);
                }
            }
        }
        let tag: Tag = text.parse()?;
        if text.starts_with("sha256-") {
            return Err(TagTemplateError::Reserved(text));
        }
        Ok(tag)
    }

    fn value(
        &self,
        placeholder: Placeholder,
        values: &TagValues<'_>,
    ) -> Result<String, TagTemplateError> {
        let given = |value: Option<&str>| {
            value
                .map(str::to_owned)
                .ok_or_else(|| TagTemplateError::NoValue {
                    template: self.text.clone(),
                    placeholder: placeholder.word(),
                })
        };
        match placeholder {
            Placeholder::Release => Ok(values.release.to_owned()),
            Placeholder::Version => given(values.version),
            Placeholder::Build => given(values.build),
            Placeholder::Commit => given(values.commit),
            Placeholder::Date => Ok(values.now.day()),
            Placeholder::Digest => Ok(values.digest.short()),
        }
    }
}

impl Placeholder {
    fn word(self) -> &'static str {
        PLACEHOLDERS
            .iter()
            .find(|(_, placeholder)| *placeholder == self)
            .map_or("", |(word, _)| *word)
    }
}

impl FromStr for TagTemplate {
    type Err = TagTemplateError;

    fn from_str(text: &str) -> Result<Self, TagTemplateError> {
        let unclosed = || TagTemplateError::Brace(text.chars().take(160).collect());
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            if rest[open..].starts_with('}') {
                return Err(unclosed());
            }
            let (plain, after) = (&rest[..open], &rest[open + 1..]);
            let (word, after) = after.split_once('}').ok_or_else(unclosed)?;
            let (_, placeholder) = PLACEHOLDERS
                .iter()
                .find(|(known, _)| *known == word)
                .ok_or_else(|| TagTemplateError::Unknown(word.chars().take(40).collect()))?;
            if !plain.is_empty() {
                parts.push(Part::Text(plain.to_owned()));
            }
            parts.push(Part::Placeholder(*placeholder));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let template = Self {
            text: text.to_owned(),
            parts,
        };
        // A sample expansion finds what could never be a tag.
        template.expand(&TagValues {
            release: "0",
            version: Some("0"),
            build: Some("0"),
            commit: Some("0"),
            now: Time::default(),
            digest: Digest::of(b""),
        })?;
        Ok(template)
    }
}

impl fmt::Display for TagTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

liftlock_oci::serde_as_text!(TagTemplate);

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> TagValues<'static> {
        TagValues {
            release: "r1",
            version: Some("1.4.2"),
            build: None,
            commit: None,
            now: "2026-01-31T23:59:59Z".parse().unwrap(),
            digest: Digest::of(b""),
        }
    }

    #[test]
    fn templates_expand() {
        for (template, tag, once) in [
            ("staging", "staging", false),
            ("v{version}", "v1.4.2", true),
            (
                "{release}-{date}-{digest}",
                "r1-20260131-e3b0c44298fc",
                true,
            ),
        ] {
            let template: TagTemplate = template.parse().unwrap();
            assert_eq!(template.expand(&values()).unwrap().as_str(), tag);
            assert_eq!(template.is_write_once(), once);
        }
    }

    #[test]
    fn what_cannot_be_a_tag_is_refused() {
        for bad in [
            "",
            "a b",
            "{nope}",
            "{version",
            "version}",
            "a{{version}}",
            "sha256-x",
            "-{date}",
        ] {
            assert!(bad.parse::<TagTemplate>().is_err(), "{bad}");
        }
        let missing = "{build}"
            .parse::<TagTemplate>()
            .unwrap()
            .expand(&values())
            .unwrap_err();
        assert!(missing.to_string().contains("--build"), "{missing}");
        let mut hostile = values();
        hostile.version = Some("1 2/../x");
        assert!(
            "{version}"
                .parse::<TagTemplate>()
                .unwrap()
                .expand(&hostile)
                .is_err()
        );
    }
}
