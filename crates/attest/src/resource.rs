//! What a promotion brings an image to, as a URI.

use std::fmt;
use std::str::FromStr;

/// Longest resource URI in bytes.
const URI_BYTES_MAX: usize = 1024;

/// The place an image was promoted to, written
/// `oci://registry.example.com/shop?pipeline=shop&environment=production`.
///
/// The repository is where the image was when it was attested; a copy of it elsewhere carries the
/// same statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceUri {
    /// The repository, with its registry.
    pub repository: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The environment's name.
    pub environment: String,
}

/// A text is no [`ResourceUri`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no environment; expected oci://REPOSITORY?pipeline=NAME&environment=NAME, as \
     Liftlock writes it"
)]
pub struct ResourceUriError(String);

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            repository,
            pipeline,
            environment,
        } = self;
        write!(
            f,
            "oci://{repository}?pipeline={pipeline}&environment={environment}"
        )
    }
}

impl FromStr for ResourceUri {
    type Err = ResourceUriError;

    fn from_str(text: &str) -> Result<Self, ResourceUriError> {
        let error = || ResourceUriError(text.chars().take(200).collect());
        if text.len() > URI_BYTES_MAX {
            return Err(error());
        }
        let rest = text.strip_prefix("oci://").ok_or_else(error)?;
        let (repository, query) = rest.split_once('?').ok_or_else(error)?;
        let query = query.strip_prefix("pipeline=").ok_or_else(error)?;
        let (pipeline, environment) = query.split_once("&environment=").ok_or_else(error)?;
        if !is_repository(repository) || !is_name(pipeline) || !is_name(environment) {
            return Err(error());
        }
        Ok(Self {
            repository: repository.to_owned(),
            pipeline: pipeline.to_owned(),
            environment: environment.to_owned(),
        })
    }
}

/// Characters of names, none of which is escaped in a query; so each resource has one spelling.
fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !text.is_empty() && text.chars().all(is_plain)
}

fn is_repository(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/:[]".contains(c);
    !text.is_empty() && text.chars().all(is_plain)
}

liftlock_oci::serde_as_text!(ResourceUri);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_one_spelling() {
        let text = "oci://localhost:5000/shop/api?pipeline=shop&environment=production";
        let read: ResourceUri = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
        assert_eq!(read.environment, "production");
        for bad in [
            "oci://shop?environment=production&pipeline=shop",
            "oci://shop?pipeline=a&environment=b&environment=c",
            "oci://shop?pipeline=a&environment=%62",
            "oci://shop?pipeline=&environment=b",
            "oci://?pipeline=a&environment=b",
            "https://shop?pipeline=a&environment=b",
            "oci://a?b?pipeline=a&environment=b",
        ] {
            assert!(bad.parse::<ResourceUri>().is_err(), "{bad}");
        }
    }
}
