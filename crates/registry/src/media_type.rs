//! What a manifest's bytes are said to be.

use liftlock_oci::{ManifestError, Outline, media_types};
use reqwest::header::HeaderValue;

/// The media type of a manifest from its `Content-Type` header and its own `mediaType`. Where
/// the two differ, or the bytes could be read as an index and as an image, it is refused: two
/// readers would see two images under one digest.
pub(crate) fn manifest_media_type(
    header: Option<&HeaderValue>,
    bytes: &[u8],
) -> Result<String, String> {
    let outline = Outline::read(bytes).map_err(|error| match error {
        ManifestError::Json(error) => format!("not a JSON object as manifests are: {error}"),
        other => other.to_string(),
    })?;
    let header = header
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim())
        .filter(|value| value.contains("vnd."));
    if let Some(header) = header {
        let agrees = outline.expect_media_type(header);
        agrees.map_err(|error| error.to_string())?;
    }
    let otherwise = match outline.is_index() {
        true => media_types::OCI_INDEX,
        false => media_types::OCI_MANIFEST,
    };
    let media_type = header.or(outline.media_type()).unwrap_or(otherwise);
    Ok(media_type.to_owned())
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
