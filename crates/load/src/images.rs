//! The images that are current: a folder of OCI layouts, one a pipeline, for the embedded registry.

use std::fs;
use std::path::Path;

use liftlock_oci::{Digest, media_types};
use serde_json::json;

use crate::trouble::Trouble;

/// The configuration that all images have.
const CONFIG: &str =
    r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;

/// The manifest of a release's image. The same in every pipeline.
fn manifest(release: &str) -> String {
    let config = json!({
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": Digest::of(CONFIG.as_bytes()),
        "size": CONFIG.len(),
    });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_types::OCI_MANIFEST,
        "config": config,
        "layers": [],
        "annotations": { "org.opencontainers.image.version": release },
    });
    manifest.to_string()
}

/// The digest of a release's image.
pub(crate) fn digest(release: &str) -> Digest {
    Digest::of(manifest(release).as_bytes())
}

/// Writes the layout of a pipeline's repository, with each of `tags` at a release.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn write(folder: &Path, tags: &[(&str, String)]) -> Result<(), Trouble> {
    let blobs = folder.join("blobs").join("sha256");
    fs::create_dir_all(&blobs).map_err(Trouble::file(&blobs))?;
    let put = |path: &Path, text: &str| fs::write(path, text).map_err(Trouble::file(path));
    let blob = |text: &str| put(&blobs.join(Digest::of(text.as_bytes()).hex()), text);
    blob(CONFIG)?;
    let mut listed = Vec::new();
    for (tag, release) in tags {
        let manifest = manifest(release);
        blob(&manifest)?;
        listed.push(json!({
            "mediaType": media_types::OCI_MANIFEST,
            "digest": Digest::of(manifest.as_bytes()),
            "size": manifest.len(),
            "annotations": { "org.opencontainers.image.ref.name": tag },
        }));
    }
    let index = json!({ "schemaVersion": 2, "manifests": listed });
    put(&folder.join("index.json"), &index.to_string())?;
    put(
        &folder.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )
}
