//! The override file: services and `repository@sha256`, and nothing else. JSON is YAML, so a
//! JSON serializer writes it and nothing needs to be quoted by hand.

use std::collections::BTreeMap;
use std::io::Write;

use liftlock_engine::ports::DeliveryError;
use liftlock_oci::PinnedRef;
use serde::Serialize;
use tempfile::NamedTempFile;

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    services: BTreeMap<&'a str, Service>,
}

#[derive(Serialize)]
struct Service {
    image: String,
}

/// An override file, readable by its owner alone and deleted when dropped.
#[derive(Debug)]
pub(super) struct Overlay {
    path: String,
    _file: NamedTempFile,
}

impl Overlay {
    /// Where it is.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

/// Writes the override to the system's folder for temporary files.
///
/// # Errors
/// [`DeliveryError::File`] where that cannot be done.
pub(super) fn write(
    pinned: &BTreeMap<String, PinnedRef>,
    version: Option<&str>,
) -> Result<Overlay, DeliveryError> {
    let failed = |message: String| DeliveryError::File {
        file: "the compose override in the folder for temporary files".to_owned(),
        message,
    };
    let content = content(pinned, version).map_err(|e| failed(e.to_string()))?;
    let mut file = tempfile::Builder::new()
        .prefix("liftlock-")
        .suffix(".json")
        .tempfile()
        .map_err(|e| failed(e.to_string()))?;
    file.write_all(&content)
        .map_err(|e| failed(e.to_string()))?;
    let path = file.path().to_str().map(str::to_owned);
    let path = path.ok_or_else(|| failed("its path is not UTF-8; set TMPDIR".to_owned()))?;
    Ok(Overlay { path, _file: file })
}

fn content(
    pinned: &BTreeMap<String, PinnedRef>,
    version: Option<&str>,
) -> Result<Vec<u8>, serde_json::Error> {
    let services = pinned
        .iter()
        .map(|(service, image)| {
            (
                service.as_str(),
                Service {
                    image: image.to_string(),
                },
            )
        })
        .collect();
    serde_json::to_vec(&Content { version, services })
}

/// The version that compose 1.x prints at the top level of the merged files.
pub(super) fn version(config: &str) -> Option<String> {
    let line = config
        .lines()
        .find_map(|line| line.strip_prefix("version:"))?;
    let version = line.trim().trim_matches(['\'', '"']);
    (!version.is_empty()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn pinned() -> BTreeMap<String, PinnedRef> {
        let repository: liftlock_oci::Repository = "registry.example.com/shop/api".parse().unwrap();
        let digest = liftlock_oci::Digest::of(b"image");
        BTreeMap::from([("web: \"x\"\n".to_owned(), repository.pinned(digest))])
    }

    #[test]
    fn it_holds_services_and_pinned_images_only() {
        let overlay = write(&pinned(), Some("3.8")).unwrap();
        let path = overlay.path().to_owned();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let read: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let image = format!(
            "registry.example.com/shop/api@{}",
            liftlock_oci::Digest::of(b"image")
        );
        assert_eq!(
            read,
            serde_json::json!({"version": "3.8", "services": {"web: \"x\"\n": {"image": image}}})
        );
        drop(overlay);
        assert!(!std::fs::exists(&path).unwrap());
        let without = content(&pinned(), None).unwrap();
        assert!(without.starts_with(b"{\"services\":"));
    }

    #[test]
    fn the_version_is_the_top_level_one() {
        let config = "services:\n  web:\n    labels:\n      version: '9'\nversion: '3.8'\n";
        assert_eq!(version(config).as_deref(), Some("3.8"));
        assert_eq!(
            version("services: {}\nversion: \"2\"\n").as_deref(),
            Some("2")
        );
        assert_eq!(version("services: {}\n"), None);
    }
}
