//! Referrers: the manifests whose subject is a given one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use liftlock_oci::{Descriptor, Digest, media_types};
use liftlock_registry::Layout;
use serde::Deserialize;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::query::Query;
use crate::respond::{blocking, content, set};
use crate::route;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Peek {
    artifact_type: Option<String>,
    config: Option<Config>,
    subject: Option<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    media_type: String,
}

/// Lists the referrers of a digest; an empty list where there are none, even of what is not here.
pub(crate) async fn list(app: &Arc<App>, name: String, digest: &str, query: &Query) -> ApiResult {
    let subject = route::digest(digest)?;
    let filter = query.get("artifactType").map(str::to_owned);
    let app = Arc::clone(app);
    blocking(move || {
        let mut found = match app.storage.find(&name) {
            Ok(layout) => referrers(&layout, subject)?,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error),
        };
        if let Some(filter) = &filter {
            found.retain(|d| d.artifact_type.as_ref() == Some(filter));
        }
        let body = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": media_types::OCI_INDEX,
            "manifests": found,
        });
        let bytes = body.to_string().into_bytes();
        let mut response = content(StatusCode::OK, media_types::OCI_INDEX, bytes);
        if filter.is_some() {
            set(&mut response, "oci-filters-applied", "artifactType");
        }
        Ok(response)
    })
    .await
}

fn referrers(layout: &Layout, subject: Digest) -> Result<Vec<Descriptor>, ApiError> {
    let mut found = Vec::new();
    for entry in layout.manifests()? {
        let Some(manifest) = layout.listed_manifest(entry.digest)? else {
            continue;
        };
        let Ok(peek) = serde_json::from_slice::<Peek>(manifest.bytes()) else {
            continue;
        };
        if peek.subject.is_some_and(|s| s.digest == subject) {
            let mut descriptor = manifest.descriptor();
            let config = peek.config.map(|config| config.media_type);
            descriptor.artifact_type = peek.artifact_type.or(config);
            descriptor.annotations = peek.annotations;
            found.push(descriptor);
        }
    }
    Ok(found)
}
