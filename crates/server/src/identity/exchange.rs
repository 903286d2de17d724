//! `/api/v1/exchange`: CI's own tokens.

use axum::extract::State;
use axum::{Json, Router};
use liftlock_core::PersonName;
use liftlock_identity::Records;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Identity;
use crate::operations::{self, Served as _};
use crate::problem::Problem;

pub(super) fn routes<R: Records + 'static>(identity: &Identity<R>) -> Router {
    Router::new()
        .serve(&operations::EXCHANGE, exchange::<R>)
        .with_state(identity.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// The job's token, signed by its CI system.
    token: String,
    /// Which rule is meant, where several fit.
    #[serde(default)]
    rule: Option<PersonName>,
}

async fn exchange<R: Records>(
    State(identity): State<Identity<R>>,
    Json(asked): Json<Exchange>,
) -> Result<Json<Value>, Problem> {
    let now = (identity.now)();
    let given = identity
        .identities
        .exchange(&asked.token, asked.rule.as_ref(), now);
    let given = given.await?;
    tracing::info!(
        actor = %given.actor,
        issuer = given.issuer,
        matched = ?given.matched,
        "a job's token was exchanged"
    );
    Ok(Json(json!({
        "version": 1,
        "token": given.secret.expose(),
        "identity": given.actor.identity.to_string(),
        "pipelines": given.scope,
        "expires": given.expires.to_string(),
        "matched": given.matched,
    })))
}
