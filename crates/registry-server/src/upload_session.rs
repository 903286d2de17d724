//! Uploads: opening, chunks, status, cancelling.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::CONTENT_RANGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tokio::sync::OwnedMutexGuard;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::auth::Caller;
use crate::finish_upload::finish;
use crate::mount::mount;
use crate::query::Query;
use crate::request_body::RequestBody;
use crate::respond::{empty, set};
use crate::route::digest;
use crate::session::Session;

/// Opens an upload; or mounts a blob of another repository; or takes a blob at once.
pub(crate) async fn open(
    app: &Arc<App>,
    name: String,
    query: &Query,
    caller: &Caller,
    request: &mut Request,
) -> ApiResult {
    if let Some(mounted) = mount(app, &name, query, caller).await? {
        return Ok(mounted);
    }
    let at_once = query.get("digest").map(digest).transpose()?;
    let id = app.uploads.begin(&name).await?;
    let Some(digest) = at_once else {
        return Ok(progress(StatusCode::ACCEPTED, &name, &id, 0));
    };
    let session = claim(app, &name, &id)?;
    let taken = append(app, session, &id, request).await;
    app.uploads.end(&id);
    finish(app, &name, taken?, digest).await
}

/// Takes the next chunk, which must begin where the last one ended.
pub(crate) async fn patch(
    app: &Arc<App>,
    name: &str,
    id: &str,
    request: &mut Request,
) -> ApiResult {
    let mut session = claim(app, name, id)?;
    if let Some(refused) = check_range(request.headers(), &session, name, id)? {
        return Ok(refused);
    }
    session = append(app, session, id, request).await?;
    Ok(progress(StatusCode::ACCEPTED, name, id, session.size))
}

/// Takes a request's body into an upload. A task of its own goes on to the end of what arrived
/// where the connection is closed: what is there then is known.
pub(crate) async fn append(
    app: &Arc<App>,
    mut session: OwnedMutexGuard<Session>,
    id: &str,
    request: &mut Request,
) -> Result<OwnedMutexGuard<Session>, ApiError> {
    let body = std::mem::take(request.body_mut());
    let body = RequestBody::new(body, app.limits.body_timeout);
    let (app, id) = (Arc::clone(app), id.to_owned());
    let appended = tokio::spawn(async move {
        let taken = session.append(body, app.limits.blob_bytes_max).await;
        match taken {
            Err(error) if !error.may_go_on() => {
                app.uploads.end(&id);
                Err(error)
            }
            other => {
                app.uploads.touch(&id);
                other.map(|()| session)
            }
        }
    });
    appended
        .await
        .unwrap_or_else(|error| Err(ApiError::internal(error)))
}

/// Says how far an upload is.
pub(crate) fn status(app: &Arc<App>, name: &str, id: &str) -> ApiResult {
    let session = claim(app, name, id)?;
    Ok(progress(StatusCode::NO_CONTENT, name, id, session.size))
}

/// Gives an upload up.
pub(crate) fn cancel(app: &Arc<App>, name: &str, id: &str) -> ApiResult {
    app.uploads.find(name, id)?;
    app.uploads.end(id);
    Ok(empty(StatusCode::NO_CONTENT))
}

/// The upload, for this request alone.
pub(crate) fn claim(app: &App, name: &str, id: &str) -> Result<OwnedMutexGuard<Session>, ApiError> {
    app.uploads.find(name, id)?.try_lock_owned().map_err(|_| {
        let message = "another request writes to this upload";
        ApiError::new(StatusCode::CONFLICT, "BLOB_UPLOAD_INVALID", message)
    })
}

/// Compares a chunk's `Content-Range: <first>-<last>` with how far the upload is. Returns the
/// specification's answer to a chunk out of order, with the range that is there.
pub(crate) fn check_range(
    headers: &HeaderMap,
    session: &Session,
    name: &str,
    id: &str,
) -> Result<Option<Response>, ApiError> {
    let Some(range) = headers.get(CONTENT_RANGE) else {
        return Ok(None);
    };
    let (first, last) = range
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("bytes ").unwrap_or(text).split_once('-'))
        .and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)))
        .ok_or_else(|| {
            let message = "Content-Range is not <first>-<last>";
            ApiError::bad_request("BLOB_UPLOAD_INVALID", message)
        })?;
    let length = headers
        .get("content-length")
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let fits = last >= first && length.is_none_or(|length| length == last - first + 1);
    if first == session.size && fits {
        return Ok(None);
    }
    let status = StatusCode::RANGE_NOT_SATISFIABLE;
    Ok(Some(progress(status, name, id, session.size)))
}

fn progress(status: StatusCode, name: &str, id: &str, size: u64) -> Response {
    let mut response = empty(status);
    set(
        &mut response,
        "location",
        &format!("/v2/{name}/blobs/uploads/{id}"),
    );
    set(
        &mut response,
        "range",
        &format!("0-{}", size.saturating_sub(1)),
    );
    set(&mut response, "docker-upload-uuid", id);
    response
}
