//! Referrers: the manifests whose subject is a given one, page by page.

use std::sync::Arc;

use axum::http::StatusCode;
use liftlock_oci::{Descriptor, Digest, media_types};

use crate::api_error::ApiResult;
use crate::app::App;
use crate::query::{Query, encode};
use crate::respond::{blocking, content, set};
use crate::route;

/// Lists the referrers of a digest; an empty list where there are none, even of what is not here.
/// Pages are in the order of digests, and the next begins after `last`.
pub(crate) async fn list(app: &Arc<App>, name: String, digest: &str, query: &Query) -> ApiResult {
    let subject = route::digest(digest)?;
    let filter = query.get("artifactType").map(str::to_owned);
    let last = query.get("last").map(route::digest).transpose()?;
    let app = Arc::clone(app);
    blocking(move || {
        let mut found = match app.storage.find(&name) {
            Ok(layout) => layout.referrers(subject)?,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error),
        };
        found.sort_unstable_by_key(|descriptor| descriptor.digest);
        found.retain(|one| last.is_none_or(|last| one.digest > last));
        if let Some(filter) = &filter {
            found.retain(|one| one.artifact_type.as_ref() == Some(filter));
        }
        let (page, more) = page(&found, app.limits.referrers_page_bytes_max);
        let mut response = content(StatusCode::OK, media_types::OCI_INDEX, index(page));
        if filter.is_some() {
            set(&mut response, "oci-filters-applied", "artifactType");
        }
        if let (true, Some(last)) = (more, page.last()) {
            let link = next(&name, subject, last.digest, filter.as_deref());
            set(&mut response, "link", &link);
        }
        Ok(response)
    })
    .await
}

/// As many as fit into `bytes`, at least one, and whether there are more.
fn page(found: &[Descriptor], bytes: usize) -> (&[Descriptor], bool) {
    let mut sum = 0;
    let fitting = found.iter().take_while(|descriptor| {
        sum += serde_json::to_vec(descriptor).map_or(0, |json| json.len());
        sum <= bytes
    });
    let count = fitting.count().max(1).min(found.len());
    (&found[..count], count < found.len())
}

fn index(manifests: &[Descriptor]) -> Vec<u8> {
    let body = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": media_types::OCI_INDEX,
        "manifests": manifests,
    });
    body.to_string().into_bytes()
}

fn next(name: &str, subject: Digest, last: Digest, filter: Option<&str>) -> String {
    let last = encode(&last.to_string());
    let filter = filter.map(|filter| format!("&artifactType={}", encode(filter)));
    let filter = filter.unwrap_or_default();
    format!("</v2/{name}/referrers/{subject}?last={last}{filter}>; rel=\"next\"")
}
