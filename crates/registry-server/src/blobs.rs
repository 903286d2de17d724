//! Blobs: GET, HEAD and DELETE.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CONTENT_RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use liftlock_oci::Digest;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::blob_stream::stream;
use crate::known::{entity_tag, has};
use crate::range::{Wanted, wanted};
use crate::respond::{blocking, describe, empty, not_modified, set};
use crate::route::digest;

const MEDIA_TYPE: &str = "application/octet-stream";

/// Answers with a blob or a part of it, streamed from the disk, or for HEAD with what describes
/// it.
pub(crate) async fn get(
    app: &Arc<App>,
    name: String,
    reference: &str,
    headers: &HeaderMap,
    with_body: bool,
) -> ApiResult {
    let digest = digest(reference)?;
    let app = Arc::clone(app);
    let (file, size) = blocking(move || {
        let layout = app.storage.find(&name)?;
        layout.open_blob(digest)?.ok_or_else(unknown)
    })
    .await?;
    if has(headers, digest) {
        return Ok(not_modified(digest));
    }
    if !with_body {
        return Ok(answer(digest, size, Body::empty()));
    }
    match wanted(headers, size, &entity_tag(digest)) {
        Wanted::Whole => Ok(answer(digest, size, stream(file, size))),
        Wanted::Part { first, last } => part(digest, size, file, first, last),
        Wanted::Nothing => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            set(
                &mut response,
                CONTENT_RANGE.as_str(),
                &format!("bytes */{size}"),
            );
            Ok(response)
        }
    }
}

fn part(digest: Digest, size: u64, mut file: File, first: u64, last: u64) -> ApiResult {
    file.seek(SeekFrom::Start(first))
        .map_err(ApiError::internal)?;
    let length = last - first + 1;
    let mut response = answer(digest, length, stream(file, length));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let range = format!("bytes {first}-{last}/{size}");
    set(&mut response, CONTENT_RANGE.as_str(), &range);
    Ok(response)
}

fn answer(digest: Digest, length: u64, body: Body) -> Response {
    let mut response = Response::new(body);
    describe(&mut response, MEDIA_TYPE, digest, length);
    set(&mut response, ACCEPT_RANGES.as_str(), "bytes");
    response
}

/// Deletes a blob.
pub(crate) async fn delete(app: &Arc<App>, name: String, reference: &str) -> ApiResult {
    let digest = digest(reference)?;
    let app = Arc::clone(app);
    blocking(move || {
        if app.storage.find(&name)?.delete_blob(digest)? {
            Ok(empty(StatusCode::ACCEPTED))
        } else {
            Err(unknown())
        }
    })
    .await
}

fn unknown() -> ApiError {
    ApiError::not_found("BLOB_UNKNOWN", "no such blob")
}
