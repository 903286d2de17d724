//! Repositories as an environment names them: plain, or with `{image}` for the image's key.

use std::fmt;
use std::str::FromStr;

use liftlock_oci::{ReferenceError, Repository};

use crate::ImageKey;

/// What stands for the image's key.
const IMAGE: &str = "{image}";

/// A repository, in which `{image}` stands for an image's key: where an environment has the
/// images of a release, when that is not where they were built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepositoryTemplate(String);

/// Why a text is not a repository template, or does not expand to a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryTemplateError {
    /// Not a placeholder.
    #[error("{{{0}}} is not a placeholder here; {{image}} is the only one")]
    Unknown(String),
    /// A brace without its partner.
    #[error("{0:?} has a brace that is not closed")]
    Brace(String),
    /// `{image}` in the host.
    #[error("{0:?} has {{image}} in its host; it can only stand after the first `/`")]
    Host(String),
    /// The expansion is not a valid repository.
    #[error(transparent)]
    Repository(#[from] ReferenceError),
}

impl RepositoryTemplate {
    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has `{image}` in it, and with that a repository for each image.
    pub fn has_image(&self) -> bool {
        self.0.contains(IMAGE)
    }

    /// The repository for an image.
    pub fn expand(&self, image: &ImageKey) -> Result<Repository, RepositoryTemplateError> {
        Ok(self.0.replace(IMAGE, image.as_str()).parse()?)
    }
}

impl FromStr for RepositoryTemplate {
    type Err = RepositoryTemplateError;

    fn from_str(text: &str) -> Result<Self, RepositoryTemplateError> {
        let shown = || text.chars().take(160).collect();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let closed = rest[open..]
                .strip_prefix('{')
                .and_then(|r| r.split_once('}'));
            let (word, after) = closed.ok_or_else(|| RepositoryTemplateError::Brace(shown()))?;
            if word != "image" {
                let word = word.chars().take(40).collect();
                return Err(RepositoryTemplateError::Unknown(word));
            }
            rest = after;
        }
        let host = text.split_once('/').map_or(text, |(host, _)| host);
        if host.contains(IMAGE) {
            return Err(RepositoryTemplateError::Host(shown()));
        }
        // A sample expansion finds what could never be a repository.
        text.replace(IMAGE, "image").parse::<Repository>()?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RepositoryTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

liftlock_oci::serde_as_text!(RepositoryTemplate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_expand() {
        for (template, repository) in [
            ("prod.example.com/shop/{image}", "prod.example.com/shop/api"),
            ("prod.example.com/shop", "prod.example.com/shop"),
            (
                "localhost:5000/{image}/{image}-x",
                "localhost:5000/api/api-x",
            ),
            ("team/{image}", "docker.io/team/api"),
        ] {
            let template: RepositoryTemplate = template.parse().unwrap();
            let expanded = template.expand(&"api".parse().unwrap()).unwrap();
            assert_eq!(expanded.to_string(), repository);
        }
    }

    #[test]
    fn what_cannot_be_a_repository_is_refused() {
        for bad in [
            "",
            "{image}",
            "{image}.example.com/a",
            "r.example.com/{Image}",
            "r.example.com/{key}",
            "r.example.com/{image",
            "r.example.com/image}",
            "r.example.com/{{image}}",
            "r.example.com/{image}:1",
            "r.example.com/-{image}",
            "r.example.com/a b",
        ] {
            assert!(bad.parse::<RepositoryTemplate>().is_err(), "{bad}");
        }
        let template: RepositoryTemplate = "r.example.com/{image}".parse().unwrap();
        assert!(template.expand(&"api-".parse().unwrap()).is_err());
    }
}
