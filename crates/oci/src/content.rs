//! What is read from a manifest's bytes (OCI image specification, "Image Manifest" and "Image
//! Index").

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Descriptor, media_types};

/// An image index: one manifest for each platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u8,
    /// The index's own media type, where it says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What kind of artifact, where it is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The children.
    pub manifests: Vec<Descriptor>,
    /// The manifest this one is about, for a referrer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free annotations.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
}

/// An image manifest: a config and its layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u8,
    /// The manifest's own media type, where it says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What kind of artifact, where it is not an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration blob.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// The manifest this one is about, for a referrer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Free annotations.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
}

/// What a manifest's bytes hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An index over several platforms.
    Index(Index),
    /// A single image.
    Manifest(Manifest),
}

impl Index {
    /// An OCI index without artifact type, subject or annotations.
    pub fn new(manifests: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_types::OCI_INDEX.to_owned()),
            artifact_type: None,
            manifests,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }
}

impl Manifest {
    /// An OCI manifest without artifact type, subject or annotations.
    pub fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_types::OCI_MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }
}

impl Content {
    /// The manifest this one is about, for a referrer.
    pub fn subject(&self) -> Option<&Descriptor> {
        match self {
            Self::Index(index) => index.subject.as_ref(),
            Self::Manifest(manifest) => manifest.subject.as_ref(),
        }
    }

    /// What kind of artifact: a manifest that does not say it has its configuration's media type
    /// (OCI distribution specification, "Listing Referrers").
    pub fn artifact_type(&self) -> Option<&str> {
        match self {
            Self::Index(index) => index.artifact_type.as_deref(),
            Self::Manifest(manifest) => {
                let said = manifest.artifact_type.as_deref();
                said.filter(|said| !said.is_empty())
                    .or(Some(&manifest.config.media_type))
            }
        }
    }

    /// Free annotations.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Index(index) => &index.annotations,
            Self::Manifest(manifest) => &manifest.annotations,
        }
    }
}

/// Builders in Go write an empty map as `null`.
fn null_is_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawManifest;

    fn raw(value: &impl Serialize, media_type: &str) -> RawManifest {
        RawManifest::new(serde_json::to_vec(value).unwrap(), media_type, None).unwrap()
    }

    #[test]
    fn a_referrers_descriptor_says_its_kind_and_annotations() {
        let subject = Descriptor::of(media_types::OCI_INDEX, b"the image");
        let config = Descriptor::of(media_types::OCI_EMPTY, b"{}");
        let mut manifest = Manifest::new(config, Vec::new());
        manifest.subject = Some(subject.clone());
        manifest.annotations = [("a".to_owned(), "b".to_owned())].into();
        let by_config = raw(&manifest, media_types::OCI_MANIFEST);
        manifest.artifact_type = Some("application/spdx+json".to_owned());
        let by_type = raw(&manifest, media_types::OCI_MANIFEST);
        let mut index = Index::new(Vec::new());
        index.subject = Some(subject.clone());
        let index = raw(&index, media_types::OCI_INDEX);
        for (raw, kind, annotations) in [
            (by_config, Some(media_types::OCI_EMPTY), 1),
            (by_type, Some("application/spdx+json"), 1),
            (index, None, 0),
        ] {
            assert_eq!(raw.parse().unwrap().subject(), Some(&subject));
            let descriptor = raw.referrer_descriptor().unwrap();
            assert_eq!(descriptor.digest, raw.digest());
            assert_eq!(descriptor.artifact_type.as_deref(), kind);
            assert_eq!(descriptor.annotations.len(), annotations);
        }
    }

    #[test]
    fn fields_that_are_missing_or_null_are_empty() {
        for more in ["", r#","annotations":null,"subject":null"#] {
            let text = format!(r#"{{"schemaVersion":2,"manifests":[]{more}}}"#);
            let index: Index = serde_json::from_str(&text).unwrap();
            assert_eq!(index.subject, None);
            assert!(index.annotations.is_empty());
            let again = serde_json::to_string(&index).unwrap();
            assert_eq!(again, r#"{"schemaVersion":2,"manifests":[]}"#);
        }
    }
}
