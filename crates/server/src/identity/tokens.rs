//! `/api/v1/tokens`: named tokens.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Json, Router};
use liftlock_identity::{CreatedToken, NewToken, Records};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asking, Identity};
use crate::operations::{self, Served as _};
use crate::problem::Problem;

pub(super) fn routes<R: Records + 'static>(identity: &Identity<R>) -> Router {
    Router::new()
        .serve(&operations::TOKENS, list::<R>)
        .serve(&operations::MAKE_TOKEN, create::<R>)
        .serve(&operations::REVOKE_TOKEN, revoke::<R>)
        .with_state(identity.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// What the page before said under `next`.
    after: Option<String>,
}

async fn list<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let page = identity
        .identities
        .tokens(&caller, page.after.as_deref())
        .await?;
    let (tokens, next) = (page.tokens, page.next);
    Ok(Json(
        json!({ "version": 1, "tokens": tokens, "next": next }),
    ))
}

async fn create<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
    Json(wanted): Json<NewToken>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let now = (identity.now)();
    let made = identity
        .identities
        .create_token(&caller, wanted, now)
        .await?;
    tracing::info!(
        by = %caller.actor,
        name = %made.token.name,
        id = made.token.id,
        "a token was made"
    );
    Ok((StatusCode::CREATED, Json(created(&made))))
}

async fn revoke<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
    Path(which): Path<String>,
) -> Result<Json<Value>, Problem> {
    let now = (identity.now)();
    let revoked = identity
        .identities
        .revoke_token(&caller, &which, now)
        .await?;
    for token in &revoked {
        tracing::info!(by = %caller.actor, name = %token.name, id = token.id, "a token was revoked");
    }
    Ok(Json(json!({ "version": 1, "tokens": revoked })))
}

/// A token with its secret, shown this once.
pub(super) fn created(made: &CreatedToken) -> Value {
    json!({ "version": 1, "secret": made.secret.expose(), "token": made.token })
}
