//! Manifests and indexes as the exact bytes they came in.

use serde::{Deserialize, Serialize};

use crate::{Content, Descriptor, Digest, Outline, Platform, media_types};

/// The largest manifest or index that is read, in bytes: 4 MiB, as the distribution
/// specification asks registries to accept at least.
pub const MANIFEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A manifest exactly as it was received, with its verified digest.
///
/// There is one constructor, and it computes the digest: a value of this type cannot carry a
/// digest that is not that of its bytes, and the bytes are never serialised again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawManifest {
    bytes: Vec<u8>,
    media_type: String,
    digest: Digest,
}

/// Why bytes are not a manifest that Liftlock can handle.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The bytes do not have the digest they were asked for by.
    #[error("asked for {expected}, but the bytes received have {actual}")]
    Digest {
        /// What was asked for.
        expected: Digest,
        /// What the bytes have.
        actual: Digest,
    },
    /// More than [`MANIFEST_BYTES_MAX`].
    #[error("the manifest has {0} bytes, over the limit of {MANIFEST_BYTES_MAX}")]
    Size(usize),
    /// Not JSON of the expected shape.
    #[error("the manifest cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Two readers could see two images in the same bytes.
    #[error("the manifest can be read in two ways: {0}; it has to be built anew")]
    Ambiguous(String),
    /// Neither an index nor an image manifest.
    #[error("media type {0:?} is neither an image manifest nor an index")]
    MediaType(String),
}

/// The few fields of an image configuration that Liftlock reads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ImageConfig {
    /// The operating system.
    pub os: String,
    /// The architecture.
    pub architecture: String,
    /// The architecture's variant.
    #[serde(default)]
    pub variant: Option<String>,
}

/// What intake learned about an image: its digest and the platforms under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The digest of the index or manifest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Each platform with its manifest's digest; for a single manifest, one, where the
    /// configuration names it. Builders' attestation manifests are not listed.
    pub platforms: Vec<(Platform, Digest)>,
}

impl RawManifest {
    /// Takes bytes, computes their digest, and checks it against `expected` where one is given.
    pub fn new(
        bytes: Vec<u8>,
        media_type: impl Into<String>,
        expected: Option<Digest>,
    ) -> Result<Self, ManifestError> {
        if bytes.len() > MANIFEST_BYTES_MAX {
            return Err(ManifestError::Size(bytes.len()));
        }
        let actual = Digest::of(&bytes);
        match expected {
            Some(expected) if expected != actual => Err(ManifestError::Digest { expected, actual }),
            _ => Ok(Self {
                bytes,
                media_type: media_type.into(),
                digest: actual,
            }),
        }
    }

    /// The exact bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The media type they came with.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The digest of the bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The descriptor that names this manifest.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(&self.media_type, self.digest, self.bytes.len() as u64)
    }

    /// The descriptor that a list of referrers has for this manifest: with its artifact type and
    /// annotations (OCI distribution specification, "Listing Referrers").
    pub fn referrer_descriptor(&self) -> Result<Descriptor, ManifestError> {
        let content = self.parse()?;
        let mut descriptor = self.descriptor();
        descriptor.artifact_type = content.artifact_type().map(str::to_owned);
        descriptor.annotations = content.annotations().clone();
        Ok(descriptor)
    }

    /// Reads what the bytes hold, by the media type they came with. What is not of that kind, or
    /// of another one too, or calls itself something else, is refused.
    pub fn parse(&self) -> Result<Content, ManifestError> {
        let sent = self.media_type.as_str();
        match sent {
            media_types::OCI_INDEX | media_types::DOCKER_INDEX => {
                let outline = Outline::read(&self.bytes)?;
                outline.expect_media_type(sent)?;
                outline.expect_index()?;
                Ok(Content::Index(serde_json::from_slice(&self.bytes)?))
            }
            media_types::OCI_MANIFEST | media_types::DOCKER_MANIFEST => {
                let outline = Outline::read(&self.bytes)?;
                outline.expect_media_type(sent)?;
                outline.expect_image()?;
                Ok(Content::Manifest(serde_json::from_slice(&self.bytes)?))
            }
            other => Err(ManifestError::MediaType(other.chars().take(120).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_never_carries_a_digest_that_is_not_its_own() {
        let wrong = Digest::of(b"other");
        let result = RawManifest::new(b"{}".to_vec(), media_types::OCI_MANIFEST, Some(wrong));
        assert!(matches!(result, Err(ManifestError::Digest { .. })));
    }

    #[test]
    fn a_manifest_over_the_limit_is_refused() {
        let result = RawManifest::new(vec![b' '; MANIFEST_BYTES_MAX + 1], "x", None);
        assert!(matches!(result, Err(ManifestError::Size(_))));
    }

    #[test]
    fn unknown_media_types_are_named() {
        let raw = RawManifest::new(b"{}".to_vec(), "text/html", None).unwrap();
        assert!(raw.parse().unwrap_err().to_string().contains("text/html"));
    }

    /// The shape of CVE-2021-41190: one digest, and an image for each reader.
    #[test]
    fn a_manifest_of_both_kinds_or_of_another_type_is_refused() {
        let digest = Digest::of(b"x");
        let entry = format!(r#"{{"mediaType":"x","digest":"{digest}","size":1}}"#);
        let image = format!(r#""config":{entry},"layers":[]"#);
        let index = format!(r#""manifests":[{entry}]"#);
        let own = format!(r#""mediaType":"{}""#, media_types::OCI_INDEX);
        let check = |fields: &str, media_type: &str, is_fine: bool| {
            let bytes = format!(r#"{{"schemaVersion":2,{fields}}}"#).into_bytes();
            let parsed = RawManifest::new(bytes, media_type, None).unwrap().parse();
            match parsed {
                Ok(_) => assert!(is_fine, "{fields}"),
                Err(error) => {
                    assert!(matches!(error, ManifestError::Ambiguous(_)), "{error}");
                    assert!(!is_fine, "{fields}: {error}");
                }
            }
        };
        check(&index, media_types::OCI_INDEX, true);
        check(&image, media_types::OCI_MANIFEST, true);
        check(&format!("{own},{index}"), media_types::OCI_INDEX, true);
        for media_type in media_types::MANIFESTS {
            check(&format!("{index},{image}"), media_type, false);
            let config = format!(r#"{index},"config":{entry}"#);
            check(&config, media_type, false);
        }
        check(&format!("{own},{image}"), media_types::OCI_MANIFEST, false);
        check(&format!("{own},{index}"), media_types::DOCKER_INDEX, false);
        check(&index, media_types::OCI_MANIFEST, false);
        check(&image, media_types::DOCKER_INDEX, false);
    }
}
