//! What a manifest names must be there before it is.

use axum::http::StatusCode;
use liftlock_oci::{Content, Descriptor, Manifest, media_types};
use liftlock_registry::Layout;

use crate::api_error::ApiError;

/// Refuses a manifest with a part that is not in the repository, or of another size.
pub(crate) fn expect_parts(layout: &Layout, content: Content) -> Result<(), ApiError> {
    match content {
        Content::Index(index) => {
            for child in &index.manifests {
                if layout.listed_manifest(child.digest)?.is_none() {
                    return Err(missing("manifest", child));
                }
            }
            Ok(())
        }
        Content::Manifest(manifest) => expect_blobs(layout, &manifest),
    }
}

/// As [`expect_parts`], of a repository that does not exist.
pub(crate) fn expect_no_parts(content: &Content) -> Result<(), ApiError> {
    let first = match content {
        Content::Index(index) => index.manifests.first(),
        Content::Manifest(manifest) => Some(&manifest.config),
    };
    first.map_or(Ok(()), |part| Err(missing("content", part)))
}

fn expect_blobs(layout: &Layout, manifest: &Manifest) -> Result<(), ApiError> {
    // Foreign layers are by their definition somewhere else.
    let layers = manifest.layers.iter();
    let here = layers.filter(|layer| !media_types::is_foreign_layer(&layer.media_type));
    for part in std::iter::once(&manifest.config).chain(here) {
        match layout.blob_size(part.digest)? {
            None => return Err(missing("blob", part)),
            Some(size) if size != part.size => {
                let digest = part.digest;
                let message = format!("{digest} has {size} bytes, not {}", part.size);
                return Err(ApiError::bad_request("SIZE_INVALID", message));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn missing(kind: &str, part: &Descriptor) -> ApiError {
    let digest = part.digest;
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "MANIFEST_BLOB_UNKNOWN",
        format!("the {kind} {digest} is not here"),
    )
}
