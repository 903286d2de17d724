//! What a manifest's bytes are said to be.

use liftlock_oci::media_types;
use reqwest::header::HeaderValue;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Peek {
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
    layers: Option<serde::de::IgnoredAny>,
}

/// The media type of a manifest from its `Content-Type` header and its own `mediaType`. Where
/// the two differ, or the bytes could be read as an index and as an image, it is refused: two
/// readers would see two images under one digest.
pub(crate) fn manifest_media_type(
    header: Option<&HeaderValue>,
    bytes: &[u8],
) -> Result<String, String> {
    let peek: Peek = serde_json::from_slice(bytes)
        .map_err(|error| format!("not a JSON object as manifests are: {error}"))?;
    if peek.manifests.is_some() && peek.layers.is_some() {
        return Err("both an index and an image manifest: ambiguous".to_owned());
    }
    let header = header
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim())
        .filter(|value| value.contains("vnd."));
    match (header, peek.media_type) {
        (Some(header), Some(own)) if header != own => {
            let own: String = own.chars().filter(|c| !c.is_control()).take(120).collect();
            Err(format!(
                "sent as {header}, but calls itself {own}: ambiguous"
            ))
        }
        (Some(header), _) => Ok(header.to_owned()),
        (None, Some(own)) => Ok(own),
        (None, None) if peek.manifests.is_some() => Ok(media_types::OCI_INDEX.to_owned()),
        (None, None) => Ok(media_types::OCI_MANIFEST.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &'static str, body: &str) -> Result<String, String> {
        manifest_media_type(Some(&HeaderValue::from_static(header)), body.as_bytes())
    }

    #[test]
    fn header_and_body_must_agree() {
        let own = format!(r#"{{"mediaType":"{}"}}"#, media_types::OCI_INDEX);
        assert_eq!(
            read(media_types::OCI_INDEX, &own).unwrap(),
            media_types::OCI_INDEX
        );
        assert_eq!(
            read("application/json", &own).unwrap(),
            media_types::OCI_INDEX
        );
        assert!(read(media_types::OCI_MANIFEST, &own).is_err());
        assert!(read(media_types::OCI_INDEX, r#"{"manifests":[],"layers":[]}"#).is_err());
        assert_eq!(
            read("text/plain", r#"{"manifests":[]}"#).unwrap(),
            media_types::OCI_INDEX
        );
        assert!(read(media_types::OCI_INDEX, "<html>").is_err());
        let with_charset = "application/vnd.oci.image.index.v1+json; charset=utf-8";
        assert_eq!(read(with_charset, "{}").unwrap(), media_types::OCI_INDEX);
    }
}
