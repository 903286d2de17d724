//! `/api/v1/setup`: the first administrator.

use axum::extract::State;
use axum::{Json, Router};
use liftlock_identity::{FirstAdministrator, Records};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Identity;
use super::tokens::created;
use crate::operations::{self, Served as _};
use crate::problem::Problem;

pub(super) fn routes<R: Records + 'static>(identity: &Identity<R>) -> Router {
    Router::new()
        .serve(&operations::SETUP, setup::<R>)
        .with_state(identity.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setup {
    /// As the server showed it when it was started.
    setup_token: String,
    /// `{"token": NAME}`, or `{"person": "oidc:SUBJECT"}`.
    administrator: FirstAdministrator,
}

async fn setup<R: Records>(
    State(identity): State<Identity<R>>,
    Json(asked): Json<Setup>,
) -> Result<Json<Value>, Problem> {
    let now = (identity.now)();
    let done = identity
        .identities
        .redeem_setup(&asked.setup_token, asked.administrator, now);
    let done = done.await?;
    tracing::warn!(administrator = %done.administrator, "the first administrator was named");
    Ok(Json(json!({
        "version": 1,
        "administrator": done.administrator.to_string(),
        "created": done.token.as_ref().map(created),
    })))
}
