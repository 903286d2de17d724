//! `liftlock serve --worker SERVER`: an agent, which carries out here what a server decides.

use std::sync::Arc;

use liftlock_agent::{AskError, Client, RemoteStore, Server};
use liftlock_core::{Actor, Authentication, Identity, Labels, PipelineName};
use liftlock_engine::worker::{Pace, Workshop};
use liftlock_engine::{Engine, EngineError, Pipelines};
use liftlock_server::{Shutdown, Task};
use liftlock_verbs::{Done, Exit, Failure, SystemClock};
use serde_json::json;
use zeroize::Zeroizing;

use super::settings::Settings;
use super::{Arguments, allowed, signals};
use crate::context::Context;
use crate::remote::{no_tls, safe};
use crate::token::Token;

/// How long it is waited for the server when the agent begins, between two tries.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(2);

pub(super) async fn run(
    server: &str,
    arguments: &Arguments,
    context: &Context,
) -> Result<Done, Failure> {
    let settings = Settings::of(arguments)?;
    let address = safe(server)?;
    let token = Token::find(&address)?.map(Token::into_text);
    let token: Zeroizing<String> = token.ok_or_else(|| {
        let failure = Failure::usage("an agent needs a token, in LIFTLOCK_TOKEN_FILE");
        failure.hint("`liftlock token create NAME --worker --label LABEL` makes one")
    })?;
    let traces = settings.telemetry.begin();
    let traces = traces.map_err(|error| Failure::usage(error.to_string()))?;
    let client = Client::new(address, token);
    let client = client.map_err(|error| no_tls(&error))?;
    let store = RemoteStore::new(client);
    let shutdown = Shutdown::new();
    signals::request(shutdown.clone())?;
    let place = tokio::select! {
        place = first(&store) => place?,
        () = shutdown.requested() => return Ok(Done::new("ended", json!({ "worker": null }))),
    };
    if let Some(other) = settings.labels.difference(&place.labels).next() {
        let message = format!("the token has no label {other}; labels are given with the token");
        return Err(Failure::usage(message));
    }
    let labels = match settings.labels.is_empty() {
        true => place.labels,
        false => settings.labels,
    };
    let names: Vec<&str> = labels.iter().map(|label| label.as_str()).collect();
    let worker = &place.worker;
    context.ui.note(&format!(
        "worker:{worker} works for {server} in environments with the label {}; Ctrl-C ends it",
        names.join(" or ")
    ));
    let actor = Actor {
        identity: Identity::Worker(worker.clone()),
        authentication: Authentication::Authenticated,
    };
    let delivery = context.delivery(allowed(arguments));
    let registries = context.registries();
    let central = Arc::new(Server::new(store.clone()));
    let pipelines = Pipelines::default();
    let remote = store.clone();
    let labels = Labels::Own(labels);
    let make = move |pipeline: &PipelineName| {
        let ports = (
            remote.clone(),
            registries.clone(),
            delivery.clone(),
            SystemClock,
        );
        let quiet = Arc::new(|_: &_| {});
        let engine = Engine::new(ports, pipeline.clone(), actor.clone(), quiet);
        let engine = engine.sharing(pipelines.of(pipeline));
        let engine = engine.with_labels(labels.clone());
        Ok::<_, EngineError>(engine.working_for(Arc::clone(&central) as _))
    };
    let pace = Pace {
        seed: u64::from(std::process::id()),
        ..Pace::default()
    };
    let place = Workshop::new(store, make, &pace);
    let task = Task::agent(place, pace, &settings.config.limits);
    (task.begin)(shutdown).await;
    traces.end().await;
    Ok(Done::new("ended", json!({ "worker": worker })))
}

/// Who this agent is. A server that does not answer yet is waited for; one that does not know the
/// agent is not.
async fn first(store: &RemoteStore) -> Result<liftlock_agent::wire::Place, Failure> {
    loop {
        match store.place().await {
            Ok(place) => return Ok(place),
            Err(AskError::Unreachable { .. }) => tokio::time::sleep(AGAIN).await,
            Err(error) => {
                let failure = Failure::new(Exit::Refused, "not-allowed", error.to_string());
                return Err(failure.hint(
                    "an agent has a token of its own: `liftlock token create NAME --worker --label LABEL`",
                ));
            }
        }
    }
}
