//! Manifests: PUT.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use liftlock_oci::{Content, Descriptor, MANIFEST_BYTES_MAX, Manifest, RawManifest, media_types};
use liftlock_registry::Layout;
use serde::Deserialize;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::respond::{SUBJECT, blocking, created, set};
use crate::route::{Target, target};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Peek {
    media_type: Option<String>,
    subject: Option<Descriptor>,
}

/// Stores a manifest whose parts are all there.
pub(crate) async fn put(
    app: &Arc<App>,
    name: String,
    reference: String,
    request: &mut Request,
) -> ApiResult {
    let target = target(&reference).ok_or_else(|| {
        ApiError::bad_request(
            "MANIFEST_INVALID",
            "the reference is neither a tag nor a digest",
        )
    })?;
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        });
    let bytes = axum::body::to_bytes(std::mem::take(request.body_mut()), MANIFEST_BYTES_MAX)
        .await
        .map_err(|_| {
            let message =
                format!("the body broke off, or has more than {MANIFEST_BYTES_MAX} bytes");
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", message)
        })?;
    let app = Arc::clone(app);
    blocking(move || {
        let expected = match &target {
            Target::Digest(digest) => Some(*digest),
            Target::Tag(_) => None,
        };
        let peek = peek(&bytes)?;
        let media_type = agreed(media_type, peek.media_type)?;
        let manifest = RawManifest::new(bytes.to_vec(), media_type, expected)
            .map_err(|error| ApiError::bad_request("DIGEST_INVALID", error.to_string()))?;
        let parsed = manifest
            .parse()
            .map_err(|error| ApiError::bad_request("MANIFEST_INVALID", error.to_string()))?;
        let layout = match app.storage.find(&name) {
            // A refused manifest leaves no empty repository behind.
            Err(error) if error.is_not_found() => {
                if let Some(part) = first_part(&parsed) {
                    return Err(missing("content", part));
                }
                app.storage.find_or_create(&name)?
            }
            found => found?,
        };
        expect_parts(&layout, parsed)?;
        let tag = match &target {
            Target::Tag(tag) => Some(tag),
            Target::Digest(_) => None,
        };
        layout.put_manifest(&manifest, tag)?;
        let digest = manifest.digest();
        let mut response = created(&format!("/v2/{name}/manifests/{digest}"), digest);
        if let Some(subject) = peek.subject {
            set(&mut response, SUBJECT, &subject.digest.to_string());
        }
        Ok(response)
    })
    .await
}

fn peek(bytes: &[u8]) -> Result<Peek, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ApiError::bad_request("MANIFEST_INVALID", error.to_string()))
}

/// The media type that the header and the manifest itself give.
fn agreed(header: Option<String>, own: Option<String>) -> Result<String, ApiError> {
    let invalid = |message: &str| Err(ApiError::bad_request("MANIFEST_INVALID", message));
    match (header, own) {
        (Some(header), Some(own)) if header != own => {
            invalid("Content-Type and the manifest's mediaType differ")
        }
        (Some(agreed), _) | (None, Some(agreed)) => {
            if media_types::MANIFESTS.contains(&agreed.as_str()) {
                Ok(agreed)
            } else {
                invalid("the media type is neither an image manifest nor an index")
            }
        }
        (None, None) => invalid("neither Content-Type nor mediaType says what this is"),
    }
}

fn first_part(content: &Content) -> Option<&Descriptor> {
    match content {
        Content::Index(index) => index.manifests.first(),
        Content::Manifest(manifest) => Some(&manifest.config),
    }
}

fn expect_parts(layout: &Layout, content: Content) -> Result<(), ApiError> {
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
    ApiError::bad_request(
        "MANIFEST_BLOB_UNKNOWN",
        format!("the {kind} {digest} is not here"),
    )
}
