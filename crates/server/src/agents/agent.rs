//! The agent that asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::{StatusCode, request};
use liftlock_core::access::{Action, On};
use liftlock_core::{EnvironmentName, Label, Labels, PersonName, PipelineName, State};
use liftlock_engine::EngineError;
use liftlock_verbs::{App, Failure};

use super::Desk;
use super::unsigned::Unsigned;
use crate::caller::Caller;
use crate::problem::Problem;

/// An agent: a worker whose token has labels.
pub(super) struct Agent {
    pub(super) name: PersonName,
    pub(super) labels: BTreeSet<Label>,
    caller: Caller,
}

impl<S: Sync> FromRequestParts<S> for Agent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Some((name, labels)) = caller.agent() else {
            let message = "only agents take up work here";
            let problem = Problem::new(StatusCode::FORBIDDEN, "not-allowed", message);
            return Err(problem.hint("`liftlock token create NAME --worker --label LABEL`"));
        };
        Ok(Self {
            name,
            labels,
            caller,
        })
    }
}

impl Agent {
    /// The state of a pipeline that is the agent's; for any other the answer is as where there is
    /// none.
    pub(super) async fn state(
        &self,
        desk: &Desk,
        pipeline: &PipelineName,
    ) -> Result<Arc<State>, Problem> {
        let site = &desk.site;
        let folded = site.pipelines.of(pipeline);
        let state = folded.read(&site.store, pipeline).await;
        let state = state.map_err(Problem::internal)?;
        let on = On::Pipeline {
            name: pipeline,
            policy: state.policy().ok(),
        };
        let allowed = self.caller.may(Action::Work, on);
        allowed.map_err(|denied| Problem::from(&denied))?;
        Ok(state)
    }

    /// The pipeline and an environment of it that is the agent's.
    pub(super) async fn place(
        &self,
        desk: &Desk,
        path: (String, String),
    ) -> Result<Place, Problem> {
        let pipeline = pipeline(&path.0)?;
        let state = self.state(desk, &pipeline).await?;
        let name: Option<EnvironmentName> = path.1.parse().ok();
        let environment = name.filter(|name| {
            let label = state.worker_of(name);
            label.is_some_and(|label| self.labels.contains(label))
        });
        let Some(environment) = environment else {
            let message = "there is no such environment with one of this agent's labels";
            return Err(Problem::new(StatusCode::FORBIDDEN, "elsewhere", message));
        };
        Ok(Place {
            pipeline,
            environment,
        })
    }

    /// The engine that decides and records for the agent, in its name.
    pub(super) fn engine(&self, desk: &Desk, pipeline: &PipelineName) -> App {
        let actor = self.caller.actor.clone();
        let quiet = Arc::new(|_: &_| {});
        let app = desk.site.app(pipeline.clone(), actor, quiet);
        let attestations = Arc::clone(&desk.site.attestations);
        app.with_labels(Labels::Own(self.labels.clone()))
            .with_attestations(Arc::new(Unsigned(attestations)))
    }
}

/// An environment that is an agent's.
pub(super) struct Place {
    pub(super) pipeline: PipelineName,
    pub(super) environment: EnvironmentName,
}

impl Place {
    /// The name of its lease: that of who carries out, or of who watches.
    pub(super) fn lease(&self, watch: bool) -> String {
        let (pipeline, environment) = (&self.pipeline, &self.environment);
        match watch {
            true => format!("{pipeline}/{environment}/watch"),
            false => format!("{pipeline}/{environment}"),
        }
    }
}

/// A pipeline's name, as it stands in a path.
pub(super) fn pipeline(text: &str) -> Result<PipelineName, Problem> {
    text.parse()
        .map_err(|_| Problem::not_found("there is no such pipeline"))
}

/// What an engine that could not go on is to an agent.
pub(super) fn failed(error: EngineError) -> Problem {
    match error {
        EngineError::Refused(_) => {
            let failure = Failure::from(error);
            Problem::new(StatusCode::CONFLICT, failure.code, failure.message)
        }
        EngineError::Append(liftlock_engine::ports::AppendError::Fenced { .. }) => lost(),
        EngineError::Registry(error) => {
            Problem::new(StatusCode::BAD_GATEWAY, "registry", error.to_string())
        }
        error => Problem::internal(error),
    }
}

/// The lease is not held under that epoch.
pub(super) fn lost() -> Problem {
    let message = "the lease is not held under this epoch; take it again";
    let code = liftlock_agent::wire::LEASE_LOST;
    Problem::new(StatusCode::CONFLICT, code, message)
}
