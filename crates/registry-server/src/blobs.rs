//! Blobs: GET, HEAD and DELETE.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tokio::io::AsyncReadExt as _;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::respond::{blocking, describe, empty};
use crate::route::digest;

/// How much of a blob is read at once, in bytes.
const CHUNK: usize = 128 * 1024;

/// Answers with a blob, streamed from the disk, or for HEAD with what describes it.
pub(crate) async fn get(
    app: &Arc<App>,
    name: String,
    reference: &str,
    with_body: bool,
) -> ApiResult {
    let digest = digest(reference)?;
    let app = Arc::clone(app);
    let (file, size) = blocking(move || {
        let layout = app.storage.find(&name)?;
        layout.open_blob(digest)?.ok_or_else(unknown)
    })
    .await?;
    let body = if with_body {
        stream_file(tokio::fs::File::from_std(file))
    } else {
        Body::empty()
    };
    let mut response = Response::new(body);
    describe(&mut response, "application/octet-stream", digest, size);
    Ok(response)
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

fn stream_file(file: tokio::fs::File) -> Body {
    Body::from_stream(stream::unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        match file.read(&mut chunk).await {
            Ok(0) => None,
            Ok(length) => {
                chunk.truncate(length);
                Some((Ok(Bytes::from(chunk)), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    }))
}

fn unknown() -> ApiError {
    ApiError::not_found("BLOB_UNKNOWN", "no such blob")
}
