//! What kind of manifest bytes are, before they are read as one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::ManifestError;

/// The most letters of a media type that are shown.
const SHOWN_MAX: usize = 120;

/// The top level of a manifest: which kind it is, and what it calls itself.
///
/// There is no outline of bytes that one reader takes for an index and another for an image
/// manifest (CVE-2021-41190): under one digest they would see two images. Readers differ in
/// which of two equal fields they take, and some do not tell capital letters, so neither may
/// occur twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    is_index: bool,
    is_image: bool,
    media_type: Option<String>,
}

/// Fields that only an index has (OCI image specification, "Image Index"; Docker, "Manifest
/// List").
const OF_INDEX: [&str; 1] = ["manifests"];

/// Fields that only an image manifest has (OCI image specification, "Image Manifest"; Docker,
/// "Image Manifest V 2, Schema 2" and "Schema 1").
const OF_IMAGE: [&str; 3] = ["config", "layers", "fslayers"];

const MEDIA_TYPE: &str = "mediatype";

impl Outline {
    /// Reads the top level. An error is what is no JSON object, or can be read in two ways.
    pub fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        let Fields(fields) = serde_json::from_slice(bytes)?;
        let mut outline = Self::default();
        for (at, (name, value)) in fields.iter().enumerate() {
            if fields[..at].iter().any(|(before, _)| before == name) {
                let message = format!("it has the field {name:?} more than once");
                return Err(ManifestError::Ambiguous(message));
            }
            match value {
                Value::Text(text) if name == MEDIA_TYPE => outline.media_type = Some(text.clone()),
                _ if OF_INDEX.contains(&name.as_str()) => outline.is_index = true,
                _ if OF_IMAGE.contains(&name.as_str()) => outline.is_image = true,
                _ => {}
            }
        }
        if outline.is_index && outline.is_image {
            let message = "it lists manifests as an index does, and has layers or a configuration \
                           as an image does";
            return Err(ManifestError::Ambiguous(message.to_owned()));
        }
        Ok(outline)
    }

    /// Whether it lists manifests.
    pub fn is_index(&self) -> bool {
        self.is_index
    }

    /// What it calls itself.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// Refuses what calls itself something else than `sent`, the media type it came with: both
    /// must be the same (OCI image specification, "mediaType").
    pub fn expect_media_type(&self, sent: &str) -> Result<(), ManifestError> {
        match self.media_type() {
            Some(own) if own != sent => {
                let shown = |text: &str| -> String {
                    let printed = text.chars().filter(|c| !c.is_control());
                    printed.take(SHOWN_MAX).collect()
                };
                let (sent, own) = (shown(sent), shown(own));
                let message = format!("it came as {sent}, but calls itself {own}");
                Err(ManifestError::Ambiguous(message))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what was said to be an index, and is an image manifest.
    pub(crate) fn expect_index(&self) -> Result<(), ManifestError> {
        expect(
            !self.is_image,
            "it came as an index, and has layers or a configuration",
        )
    }

    /// Refuses what was said to be an image manifest, and is an index.
    pub(crate) fn expect_image(&self) -> Result<(), ManifestError> {
        expect(
            !self.is_index,
            "it came as an image manifest, and lists manifests",
        )
    }
}

fn expect(holds: bool, otherwise: &str) -> Result<(), ManifestError> {
    match holds {
        true => Ok(()),
        false => Err(ManifestError::Ambiguous(otherwise.to_owned())),
    }
}

/// The fields that matter, in small letters, as often as they occur. What is `null` is not there.
struct Fields(Vec<(String, Value)>);

enum Value {
    Text(String),
    Other,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Top)
    }
}

struct Top;

impl<'de> Visitor<'de> for Top {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object, as manifests are")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let name = name.to_lowercase();
            let value = if name == MEDIA_TYPE {
                map.next_value::<Option<String>>()?.map(Value::Text)
            } else {
                map.next_value::<Option<IgnoredAny>>()?
                    .map(|_| Value::Other)
            };
            let matters = name == MEDIA_TYPE
                || OF_INDEX.contains(&name.as_str())
                || OF_IMAGE.contains(&name.as_str());
            match value {
                Some(value) if matters => fields.push((name, value)),
                _ => {}
            }
            if fields.len() > 2 * (OF_INDEX.len() + OF_IMAGE.len() + 1) {
                return Err(A::Error::custom("the same fields again and again"));
            }
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_types;

    fn check(text: &str, expected: Result<bool, &str>) {
        match (Outline::read(text.as_bytes()), expected) {
            (Ok(outline), Ok(is_index)) => assert_eq!(outline.is_index(), is_index, "{text}"),
            (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_has_no_outline() {
        check(r#"{"manifests":[]}"#, Ok(true));
        check(r#"{"config":{},"layers":[]}"#, Ok(false));
        check(r#"{"config":{},"layers":[],"manifests":null}"#, Ok(false));
        for both in [
            r#"{"manifests":[],"layers":[]}"#,
            r#"{"manifests":[],"config":{}}"#,
            r#"{"fsLayers":[],"manifests":[]}"#,
            r#"{"manifests":[],"Layers":[]}"#,
        ] {
            check(both, Err("as an index does"));
        }
        for twice in [
            r#"{"layers":[],"layers":[]}"#,
            r#"{"layers":[],"LAYERS":[]}"#,
            r#"{"mediaType":"a","mediatype":"b"}"#,
        ] {
            check(twice, Err("more than once"));
        }
        check("[]", Err("a JSON object"));
        check("<html>", Err("expected value"));
    }

    #[test]
    fn what_it_calls_itself_must_be_what_it_came_as() {
        let own = format!(r#"{{"mediaType":"{}"}}"#, media_types::OCI_INDEX);
        let outline = Outline::read(own.as_bytes()).unwrap();
        assert!(outline.expect_media_type(media_types::OCI_INDEX).is_ok());
        let error = outline.expect_media_type(media_types::OCI_MANIFEST);
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("calls itself application/vnd.oci.image.index"),
            "{error}"
        );
        let silent = Outline::read(b"{}").unwrap();
        assert!(silent.expect_media_type("anything").is_ok());
    }
}
