//! `/api/v1/administrators`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Json, Router};
use liftlock_identity::{AdministratorError, Records};
use serde_json::{Value, json};

use super::{Asking, Identity};
use crate::operations::{self, Served as _};
use crate::problem::Problem;

pub(super) fn routes<R: Records + 'static>(identity: &Identity<R>) -> Router {
    Router::new()
        .serve(&operations::ADMINISTRATORS, list::<R>)
        .serve(&operations::NAME_ADMINISTRATOR, name::<R>)
        .serve(&operations::REMOVE_ADMINISTRATOR, remove::<R>)
        .with_state(identity.clone())
}

async fn list<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
) -> Result<Json<Value>, Problem> {
    if !caller.administrator {
        return Err(AdministratorError::NotAdministrator(caller.actor.identity).into());
    }
    let all = identity.identities.administrators().await?;
    Ok(Json(json!({ "version": 1, "administrators": all })))
}

async fn name<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
    Path(who): Path<String>,
) -> Result<StatusCode, Problem> {
    let (who, now) = (parsed(&who)?, (identity.now)());
    identity
        .identities
        .name_administrator(&caller, &who, now)
        .await?;
    tracing::warn!(by = %caller.actor, administrator = %who, "an administrator was named");
    Ok(StatusCode::NO_CONTENT)
}

async fn remove<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
    Path(who): Path<String>,
) -> Result<StatusCode, Problem> {
    let (who, now) = (parsed(&who)?, (identity.now)());
    identity
        .identities
        .remove_administrator(&caller, &who, now)
        .await?;
    tracing::warn!(by = %caller.actor, administrator = %who, "an administrator was removed");
    Ok(StatusCode::NO_CONTENT)
}

fn parsed(text: &str) -> Result<liftlock_core::Identity, Problem> {
    let invalid = |error: &dyn std::fmt::Display| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-identity",
            error.to_string(),
        )
    };
    text.parse().map_err(|error| invalid(&error))
}
