//! Uploads: the last bytes, and the blob's place.

use std::sync::Arc;

use axum::extract::Request;
use liftlock_oci::Digest;
use tokio::sync::OwnedMutexGuard;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::query::Query;
use crate::respond::{blocking, created};
use crate::route::digest;
use crate::session::Session;
use crate::upload_session::{append, check_range, claim};

/// Takes what is left of an upload, and ends it.
pub(crate) async fn put(
    app: &Arc<App>,
    name: &str,
    id: &str,
    query: &Query,
    request: &mut Request,
) -> ApiResult {
    let wanted = query
        .get("digest")
        .ok_or_else(|| ApiError::bad_request("DIGEST_INVALID", "the query has no digest"))?;
    let digest = digest(wanted)?;
    let mut session = claim(app, name, id)?;
    if let Some(refused) = check_range(request.headers(), &session, name, id)? {
        return Ok(refused);
    }
    session = append(app, session, id, request).await?;
    app.uploads.end(id);
    finish(app, name, session, digest).await
}

/// Moves a whole blob into its repository, if it has the digest that was promised.
pub(crate) async fn finish(
    app: &Arc<App>,
    name: &str,
    mut session: OwnedMutexGuard<Session>,
    digest: Digest,
) -> ApiResult {
    let actual = session.finish().await?;
    if actual != digest {
        let message = format!("{digest} was promised, but the bytes received have {actual}");
        return Err(ApiError::bad_request("DIGEST_INVALID", message));
    }
    let (app, name) = (Arc::clone(app), name.to_owned());
    blocking(move || {
        let layout = app.storage.find_or_create(&name)?;
        layout.adopt_blob(&session.path, digest)?;
        Ok(created(&format!("/v2/{name}/blobs/{digest}"), digest))
    })
    .await
}
