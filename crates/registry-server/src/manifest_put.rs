//! Manifests: PUT.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use liftlock_oci::{Descriptor, RawManifest, Tag, media_types};
use liftlock_registry::Layout;
use serde::Deserialize;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::manifest_parts::{expect_no_parts, expect_parts};
use crate::query::Query;
use crate::request_body::RequestBody;
use crate::respond::{SUBJECT, TAG, add, blocking, created, set};
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
    query: &Query,
    request: &mut Request,
) -> ApiResult {
    let target = target(&reference).ok_or_else(|| {
        ApiError::bad_request(
            "MANIFEST_INVALID",
            "the reference is neither a tag nor a digest",
        )
    })?;
    let tags = tags(&target, query)?;
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
    let body = std::mem::take(request.body_mut());
    let body = RequestBody::new(body, app.limits.body_timeout);
    let bytes = body.whole(app.limits.manifest_bytes_max).await?;
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
                expect_no_parts(&parsed)?;
                app.storage.find_or_create(&name)?
            }
            found => found?,
        };
        expect_parts(&layout, parsed)?;
        expect_room(&app, &layout, &manifest, &tags)?;
        layout.put_manifest_with(&manifest, &tags)?;
        let digest = manifest.digest();
        let mut response = created(&format!("/v2/{name}/manifests/{digest}"), digest);
        if let Some(subject) = peek.subject {
            set(&mut response, SUBJECT, &subject.digest.to_string());
        }
        if matches!(target, Target::Digest(_)) {
            for tag in &tags {
                add(&mut response, TAG, tag.as_str());
            }
        }
        Ok(response)
    })
    .await
}

/// The tags that are to point at the manifest: the one it is pushed under, or those that the
/// query of a push by digest names.
fn tags(target: &Target, query: &Query) -> Result<Vec<Tag>, ApiError> {
    let invalid = |error| ApiError::bad_request("TAG_INVALID", format!("{error}"));
    match target {
        Target::Tag(tag) => Ok(vec![tag.clone()]),
        Target::Digest(_) => {
            let named = query.all("tag");
            named.map(|tag| tag.parse().map_err(invalid)).collect()
        }
    }
}

/// Refuses what would make a repository larger than it may be.
fn expect_room(
    app: &App,
    layout: &Layout,
    manifest: &RawManifest,
    tags: &[Tag],
) -> Result<(), ApiError> {
    let full = |what: &str, max: usize| {
        let message = format!("the repository has {max} {what}, and may not have more");
        ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "DENIED", message)
    };
    let (tags_max, manifests_max) = (app.limits.tags_max, app.limits.manifests_max);
    let listed = layout.manifests()?;
    let is_new = listed.iter().all(|one| one.digest != manifest.digest());
    if is_new && listed.len() >= manifests_max {
        return Err(full("manifests", manifests_max));
    }
    let there = layout.tags()?;
    let new = tags.iter().filter(|tag| !there.contains(tag)).count();
    if there.len() + new > tags_max && new > 0 {
        return Err(full("tags", tags_max));
    }
    Ok(())
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
