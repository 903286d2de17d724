//! Mounts: a blob of one repository in another, without sending it.

use std::sync::Arc;

use axum::response::Response;
use liftlock_oci::Digest;
use liftlock_registry::Layout;

use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::{Action, Caller};
use crate::query::Query;
use crate::respond::{blocking, created};
use crate::route::{digest, repository_name};

/// Mounts, where it is asked for and the blob is there; otherwise the upload is opened instead.
/// A mount from the repository itself says whether the blob is there.
pub(crate) async fn mount(
    app: &Arc<App>,
    name: &str,
    query: &Query,
    caller: &Caller,
) -> Result<Option<Response>, ApiError> {
    let Some(wanted) = query.get("mount") else {
        return Ok(None);
    };
    let digest = digest(wanted)?;
    let from = query.get("from").map(repository_name).transpose()?;
    if from.is_none() && !app.automatic_mount {
        return Ok(None);
    }
    let (app, name, caller) = (Arc::clone(app), name.to_owned(), caller.clone());
    blocking(move || {
        let Some(source) = source(&app, from.as_deref(), digest, &caller)? else {
            return Ok(None);
        };
        let target = app.storage.find_or_create(&name)?;
        let linked = target.link_blob(&source, digest)?;
        Ok(linked.then(|| created(&format!("/v2/{name}/blobs/{digest}"), digest)))
    })
    .await
}

/// The repository that has the blob, and that the caller may read: the one that was named, or
/// else any.
fn source(
    app: &App,
    from: Option<&str>,
    digest: Digest,
    caller: &Caller,
) -> Result<Option<Arc<Layout>>, ApiError> {
    let names = match from {
        Some(from) => vec![from.to_owned()],
        None => app.storage.names()?,
    };
    for name in names.iter().filter(|name| caller.may(name, Action::Pull)) {
        match app.storage.find(name) {
            Ok(layout) if layout.blob_size(digest)?.is_some() => return Ok(Some(layout)),
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
