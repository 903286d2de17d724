//! Manifests: GET, HEAD and DELETE.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use liftlock_oci::{Digest, RawManifest};
use liftlock_registry::Layout;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::known::has;
use crate::respond::{blocking, describe, empty, not_modified};
use crate::route::{Target, target};

/// Answers with a manifest, or for HEAD with what describes it.
pub(crate) async fn get(
    app: &Arc<App>,
    name: String,
    reference: String,
    headers: &HeaderMap,
    with_body: bool,
) -> ApiResult {
    let app = Arc::clone(app);
    let manifest = blocking(move || {
        let layout = app.storage.find(&name)?;
        let digest = digest_of(&layout, &reference)?.ok_or_else(|| unknown(&reference))?;
        let found = layout.listed_manifest(digest)?;
        found.ok_or_else(|| unknown(&reference))
    })
    .await?;
    if has(headers, manifest.digest()) {
        return Ok(not_modified(manifest.digest()));
    }
    Ok(describe_manifest(&manifest, with_body))
}

fn describe_manifest(manifest: &RawManifest, with_body: bool) -> Response {
    let body = if with_body {
        Body::from(manifest.bytes().to_vec())
    } else {
        Body::empty()
    };
    let mut response = Response::new(body);
    let size = manifest.bytes().len() as u64;
    describe(
        &mut response,
        manifest.media_type(),
        manifest.digest(),
        size,
    );
    response
}

fn digest_of(layout: &Layout, reference: &str) -> Result<Option<Digest>, ApiError> {
    match target(reference) {
        Some(Target::Digest(digest)) => Ok(Some(digest)),
        Some(Target::Tag(tag)) => Ok(layout.tag_digest(&tag)?),
        None => Ok(None),
    }
}

/// Deletes a tag and leaves its manifest, or by digest a manifest with all its tags.
pub(crate) async fn delete(app: &Arc<App>, name: String, reference: String) -> ApiResult {
    let app = Arc::clone(app);
    blocking(move || {
        let layout = app.storage.find(&name)?;
        let deleted = match target(&reference) {
            Some(Target::Digest(digest)) => layout.delete_manifest(digest)?,
            Some(Target::Tag(tag)) => layout.remove_tag(&tag)?,
            None => false,
        };
        if deleted {
            Ok(empty(StatusCode::ACCEPTED))
        } else {
            Err(unknown(&reference))
        }
    })
    .await
}

fn unknown(reference: &str) -> ApiError {
    let reference: String = reference.chars().take(160).collect();
    ApiError::not_found("MANIFEST_UNKNOWN", format!("no manifest {reference:?}"))
}
