//! Alertmanager says what fires.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use liftlock_core::{Actor, Authentication, EnvironmentName, Identity, PipelineName};
use liftlock_hooks::incoming::{Alarm, Notification};
use liftlock_verbs::incident::{Open, Resolve};
use liftlock_verbs::{Done, Failure, Request, Voice};
use serde_json::{Value, json};

use super::Hooks;
use super::callers::unreadable;
use crate::api::status;
use crate::problem::Problem;

/// Opens an incident wherever an alert fires, and resolves that of the same group where none does
/// any more. What is done already is done once.
pub(super) async fn take(
    State(hooks): State<Hooks>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let hook = hooks.callers.alertmanager(&name, &headers)?;
    let notification = Notification::read(&body).map_err(|error| unreadable(&error))?;
    let placed = notification.placed(hook);
    let actor = actor(&name)?;
    let mut incidents = Vec::new();
    let mut failed = None;
    for ((pipeline, environment), alarm) in placed.alarms {
        match hooks.raise((&pipeline, &environment), alarm, &actor).await {
            Ok(done) => incidents.push(json!({ "pipeline": pipeline, "incident": done.json })),
            // The others are not held up; Alertmanager comes again where it may help.
            Err(failure) => {
                tracing::warn!(%pipeline, %environment, code = %failure.code, hook = name, "an alert came to nothing: {}", failure.message);
                failed = failed.or(Some(failure));
            }
        }
    }
    match failed {
        Some(failure) => {
            let problem = Problem::new(status(&failure), failure.code.clone(), failure.message);
            Err(problem.details(json!({ "incidents": incidents, "left_out": placed.left_out })))
        }
        None => Ok(Json(json!({
            "version": 1,
            "incidents": incidents,
            "left_out": placed.left_out,
        }))),
    }
}

/// `token:hook.NAME`: what policies allow a hook to do is allowed to that.
fn actor(name: &str) -> Result<Actor, Problem> {
    let name = format!("hook.{name}").parse();
    Ok(Actor {
        identity: Identity::Token(name.map_err(Problem::internal)?),
        authentication: Authentication::Authenticated,
    })
}

impl Hooks {
    async fn raise(
        &self,
        (pipeline, environment): (&PipelineName, &EnvironmentName),
        alarm: Alarm,
        actor: &Actor,
    ) -> Result<Done, Failure> {
        let environment = environment.clone();
        let request = match alarm.reason {
            Some(reason) => Request::IncidentOpen(Open {
                environment,
                reason: Some(reason),
                dry_run: false,
            }),
            None => Request::IncidentResolve(Resolve {
                environment,
                group: Some(alarm.group),
                dry_run: false,
            }),
        };
        let silent = (Arc::new(|_: &_| {}), Voice::new(false, Arc::new(|_| {})));
        let place = (pipeline.clone(), actor.clone());
        let session = self.site.session(place, silent.0, silent.1).await?;
        request.carry_out(&session).await
    }
}
