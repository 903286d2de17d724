//! The list of tags, page by page.

use std::sync::Arc;

use axum::http::StatusCode;
use liftlock_oci::Tag;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::query::{Query, encode};
use crate::respond::{blocking, json, set};

/// Lists a repository's tags in lexical order, without regard to case first.
pub(crate) async fn list(app: &Arc<App>, name: String, query: &Query) -> ApiResult {
    let page_max = app.limits.tags_page_max;
    let page = match query.get("n") {
        None => page_max,
        Some(n) => n
            .parse::<usize>()
            .map_err(|_| ApiError::bad_request("UNSUPPORTED", "n is not a number"))?
            .min(page_max),
    };
    let last = query.get("last").map(str::to_owned);
    let app = Arc::clone(app);
    blocking(move || {
        let mut tags = app.storage.find(&name)?.tags()?;
        tags.sort_by_cached_key(|tag| order(tag.as_str()));
        if let Some(last) = last {
            let last = order(&last);
            tags.retain(|tag| order(tag.as_str()) > last);
        }
        let more = tags.len() > page;
        tags.truncate(page);
        let body = serde_json::json!({ "name": name, "tags": tags });
        let mut response = json(StatusCode::OK, body.to_string().into_bytes());
        if let Some(last) = tags.last().filter(|_| more) {
            let link = next(&name, page, last);
            set(&mut response, "link", &link);
        }
        Ok(response)
    })
    .await
}

fn next(name: &str, page: usize, last: &Tag) -> String {
    let last = encode(last.as_str());
    format!("</v2/{name}/tags/list?n={page}&last={last}>; rel=\"next\"")
}

fn order(tag: &str) -> (String, String) {
    (tag.to_lowercase(), tag.to_owned())
}
