//! From a request to its answer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::api_error::{ApiError, ApiResult, Failure};
use crate::app::App;
use crate::auth::{self, Caller};
use crate::faults::{Call, Passage, Severed};
use crate::observer::RequestLine;
use crate::query::Query;
use crate::request_body::discard;
use crate::respond::json;
use crate::route::Route;
use crate::{blobs, finish_upload, manifest_put, manifests, referrers, tags, upload_session};

/// Answers a request, and tells the observer.
pub(crate) async fn answer(app: &Arc<App>, request: Request) -> Response {
    let mut line = RequestLine {
        method: request.method().to_string(),
        target: request
            .uri()
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        status: 0,
        faults: Vec::new(),
        failure: None,
    };
    let mut response = match understand(request) {
        Ok(call) => pass(app, call, &mut line).await,
        Err((refused, body)) => {
            discard(body).await;
            refused.into_response()
        }
    };
    let version = HeaderValue::from_static("registry/2.0");
    response
        .headers_mut()
        .insert("docker-distribution-api-version", version);
    if let Some(observer) = &app.observer {
        let extensions = response.extensions();
        if extensions.get::<Severed>().is_none() {
            line.status = response.status().as_u16();
        }
        line.failure = extensions.get::<Failure>().map(|f| f.0.clone());
        observer(&line);
    }
    response
}

/// Reads what a request asks; a refusal comes with the body that is still to be read.
fn understand(request: Request) -> Result<Call, (ApiError, Body)> {
    let understood = Route::parse(request.uri().path()).and_then(|route| {
        let query = Query::parse(request.uri().query())
            .ok_or_else(|| ApiError::bad_request("UNSUPPORTED", "the query cannot be read"))?;
        Ok((route, query))
    });
    match understood {
        Ok((route, query)) => Ok(Call {
            method: request.method().clone(),
            route,
            query,
            caller: Caller::Anyone,
            request,
        }),
        Err(error) => Err((error, request.into_body())),
    }
}

/// Answers what was understood, through the faults that touch it.
async fn pass(app: &Arc<App>, mut call: Call, line: &mut RequestLine) -> Response {
    if let Some(auth) = &app.auth {
        call.caller = match auth
            .admit(&call.method, &call.route, call.request.headers())
            .await
        {
            Ok(caller) => caller,
            Err(refused) => {
                discard(call.request.into_body()).await;
                return refused;
            }
        };
    }
    let mut passage = Passage::begin(app, &call);
    line.faults = passage.names();
    let response = match passage.before(&mut call).await {
        Ok(Some(response)) => response,
        Ok(None) => {
            let answered = dispatch(app, &mut call).await;
            answered.unwrap_or_else(ApiError::into_response)
        }
        Err(error) => error.into_response(),
    };
    if response.extensions().get::<Severed>().is_none() {
        discard(call.request.into_body()).await;
    }
    passage.after(response).await
}

async fn dispatch(app: &Arc<App>, call: &mut Call) -> ApiResult {
    let (query, request) = (&call.query, &mut call.request);
    match (call.route.clone(), call.method.clone()) {
        (Route::Base, Method::GET | Method::HEAD) => Ok(json(StatusCode::OK, b"{}".to_vec())),
        (Route::Manifest { name, reference }, Method::GET) => {
            manifests::get(app, name, reference, request.headers(), true).await
        }
        (Route::Manifest { name, reference }, Method::HEAD) => {
            manifests::get(app, name, reference, request.headers(), false).await
        }
        (Route::Manifest { name, reference }, Method::PUT) => {
            manifest_put::put(app, name, reference, query, request).await
        }
        (Route::Manifest { name, reference }, Method::DELETE) => {
            manifests::delete(app, name, reference).await
        }
        (Route::Blob { name, digest }, Method::GET) => {
            blobs::get(app, name, &digest, request.headers(), true).await
        }
        (Route::Blob { name, digest }, Method::HEAD) => {
            blobs::get(app, name, &digest, request.headers(), false).await
        }
        (Route::Blob { name, digest }, Method::DELETE) => blobs::delete(app, name, &digest).await,
        (Route::OpenUpload { name, .. }, Method::POST) => {
            upload_session::open(app, name, query, &call.caller, request).await
        }
        (Route::Upload { name, id }, Method::GET) => upload_session::status(app, &name, &id),
        (Route::Upload { name, id }, Method::PATCH) => {
            upload_session::patch(app, &name, &id, request).await
        }
        (Route::Upload { name, id }, Method::PUT) => {
            finish_upload::put(app, &name, &id, query, request).await
        }
        (Route::Upload { name, id }, Method::DELETE) => upload_session::cancel(app, &name, &id),
        (Route::Tags { name }, Method::GET) => tags::list(app, name, query).await,
        (Route::Token, Method::GET) => auth::give(app, query, request.headers()).await,
        (Route::Referrers { name, digest }, Method::GET) => {
            referrers::list(app, name, &digest, query).await
        }
        _ => Err(ApiError::method()),
    }
}
