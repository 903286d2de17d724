//! Tags that cannot be moved.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::stale;
use crate::api_error::ApiError;
use crate::app::App;

use crate::query::Query;
use crate::route::Route;

/// Whose way of refusing to write a tag that is there already, at whatever digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImmutableTags {
    /// Amazon ECR: 400 `TAG_INVALID`.
    Ecr,
    /// zot: 403 `DENIED`.
    Zot,
    /// Azure Container Registry, with a locked tag: 405 `UNSUPPORTED`.
    Acr,
    /// Harbor: 412 `PRECONDITION`.
    Harbor,
}

impl ImmutableTags {
    pub(crate) const NAME: &'static str = "immutable";

    pub(crate) async fn before(
        self,
        app: &Arc<App>,
        method: &Method,
        route: &Route,
        query: &Query,
    ) -> Result<Option<Response>, ApiError> {
        let Route::Manifest { name, reference } = route else {
            return Ok(None);
        };
        if *method != Method::PUT {
            return Ok(None);
        }
        for tag in std::iter::once(reference.as_str()).chain(query.all("tag")) {
            if stale::now(app, name, tag).await?.is_some() {
                return Ok(Some(self.refusal(name, tag).into_response()));
            }
        }
        Ok(None)
    }

    fn refusal(self, name: &str, tag: &str) -> ApiError {
        let (status, code, message) = match self {
            Self::Ecr => (
                StatusCode::BAD_REQUEST,
                "TAG_INVALID",
                format!("the tag '{tag}' is in '{name}' already, whose tags are immutable"),
            ),
            Self::Zot => (
                StatusCode::FORBIDDEN,
                "DENIED",
                "requested access to the resource is denied".to_owned(),
            ),
            Self::Acr => (
                StatusCode::METHOD_NOT_ALLOWED,
                "UNSUPPORTED",
                format!("writing is not allowed: {name}:{tag} is locked"),
            ),
            Self::Harbor => (
                StatusCode::PRECONDITION_FAILED,
                "PRECONDITION",
                format!("'{name}:{tag}' is configured as immutable"),
            ),
        };
        ApiError::new(status, code, message)
    }
}
